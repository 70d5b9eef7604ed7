//go:build tools

// Package tools pins the command that tests/tools/parts/etcd.sh builds, for
// go mod tidy; it is never compiled itself.
package tools

import _ "go.etcd.io/etcd/server/v3"
