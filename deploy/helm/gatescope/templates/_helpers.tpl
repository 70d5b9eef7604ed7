{{- define "gatescope.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- define "gatescope.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" }}
{{- else if contains (include "gatescope.name" .) .Release.Name }}
{{- .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "gatescope.name" .) | trunc 53 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Cluster-scoped names carry the namespace where the release is not alone in the cluster by name. */}}
{{- define "gatescope.clustername" -}}
{{- $full := include "gatescope.fullname" . }}
{{- if eq .Release.Namespace $full }}{{ $full }}{{ else }}{{ printf "%s-%s" .Release.Namespace $full | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "gatescope.selector" -}}
app.kubernetes.io/name: {{ include "gatescope.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gatescope.labels" -}}
{{ include "gatescope.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "gatescope.serviceaccount" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "gatescope.fullname" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- define "gatescope.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}{{ end }}
{{- end }}
