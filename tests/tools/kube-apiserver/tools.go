//go:build tools

// Package tools pins the command that tests/tools/parts/kube-apiserver.sh
// builds, for go mod tidy; it is never compiled itself.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
