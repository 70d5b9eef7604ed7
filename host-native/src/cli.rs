//! The command line: verbs, options, and help that shows how each is used.

use crate::check::FailOn;
use crate::term::Color;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint, builder::PossibleValuesParser, builder::TypedValueParser as _};
use gatescope_core::ProfileChoice;
use gatescope_core::types::State;

#[derive(Debug, Parser)]
#[command(name = "gatescope", bin_name = "gatescope", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(about = "What your Gateway API cluster exposes, and why the rest is not")]
#[command(long_about = "gatescope reads what `kubectl get` printed, or a folder of manifests, and answers: what is reachable from outside, \
    through which gateway, listener, hostname and match, to which backend; and why is the rest not?")]
#[command(after_help = "Start here:
  kubectl get gatewayclasses,gateways,httproutes,grpcroutes,services,namespaces,referencegrants \\
    -A -o yaml > dump.yaml
  gatescope resolve -f dump.yaml
  gatescope trace https://shop.example.com/cart -f dump.yaml
  gatescope explain HTTPRoute/shop/web -f dump.yaml

Exit codes:
  0  whatever the answer is
  1  findings or differences that a flag asked for
  2  wrong usage, or input that cannot be read")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub verb: Verb,

    /// Colour the output; `auto` does on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", hide_possible_values = true)]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// List what is exposed, what is not and why, and what is wrong
    #[command(
        visible_alias = "r",
        after_help = "Examples:
  gatescope resolve -f dump.yaml                      everything, grouped by gateway
  gatescope resolve -f manifests/ -n shop             a folder, one namespace
  kubectl get … -A -o json | gatescope resolve -f -   from a pipe
  gatescope resolve -f dump.yaml --state blocked,unknown
  gatescope resolve -f dump.yaml --host shop.example.com
  gatescope resolve -f dump.yaml -o csv > exposures.csv
  gatescope resolve -f dump.yaml -o svg > topology.svg
  gatescope resolve -f dump.yaml -o json | jq '.findings[] | select(.severity == \"error\")'"
    )]
    Resolve(Resolve),

    /// Say what would serve a request, and what lost against it
    #[command(
        visible_alias = "t",
        after_help = "Examples:
  gatescope trace https://shop.example.com/cart -f dump.yaml
  gatescope trace 'https://shop.example.com/search?q=tea' -X POST -H 'x-canary: 1' -f dump.yaml
  gatescope trace http://shop.example.com/ --gateway infra/edge -f dump.yaml
  gatescope trace https://rpc.example.com/shop.Cart/Add -f dump.yaml \\
    -H 'content-type: application/grpc'
  gatescope trace tcp://:5432 --gateway infra/edge -f dump.yaml
  gatescope trace --requests requests.json -o json -f dump.yaml

A URL without --gateway is answered for every Gateway that would take it, the most specific
first; -o json then prints an array. --requests takes a JSON array of
  {\"gateway\": {\"namespace\", \"name\"}, \"port\", \"scheme\", \"host\", \"path\", \"method\", \"headers\", \"query\"}
of which all but `gateway` may be left out."
    )]
    Trace(Trace),

    /// Go through the gates of one object, one by one, up to the first that failed
    #[command(
        visible_alias = "e",
        after_help = "Examples:
  gatescope explain HTTPRoute/shop/web -f dump.yaml
  gatescope explain httproute/web -n shop -f dump.yaml
  gatescope explain Gateway/infra/edge -f dump.yaml
  gatescope explain HTTPRoute/shop/web -o json -f dump.yaml
  gatescope explain GS0102                            what a finding means"
    )]
    Explain(Explain),

    /// Say what opened, closed and moved between two inputs; takeovers of hosts first
    #[command(
        visible_alias = "d",
        after_help = "Examples:
  gatescope diff yesterday.yaml today.yaml                     two dumps, or folders
  gatescope diff -f dump.yaml --with changes/                  what would these manifests open?
  gatescope diff -f dump.yaml --with changes/ -o markdown      the same for a pull request's comment
  gatescope diff -f dump.yaml --profile envoy-gateway --to istio
                                                               what moves if we migrate?
  gatescope diff -f dump.yaml --with changes/ --exit-code      1 if any way in differs"
    )]
    Diff(Diff),

    /// Judge findings, for CI: exit code 1 if any of them counts
    #[command(
        visible_alias = "c",
        after_help = "Examples:
  gatescope check -f manifests/                                errors fail
  gatescope check -f manifests/ --fail-on warning --baseline accepted.yaml
  gatescope check -f dump.yaml --with changes/ --deny takeover --deny cleartext-external
                                                               may this pull request be merged?
  gatescope check -f manifests/ -o sarif > gatescope.sarif     for code scanning

With --with, only findings that the change brings count, unless --all says otherwise.

--deny takes codes (GS0102) and names of findings, and these conditions:
  cleartext-external   a host is served without TLS to the internet
  takeover             a route takes requests that another namespace's route answered (with --with)
  wildcard-host        a route takes every host, or every host under a wildcard
  contested-host       routes of several namespaces answer for one host

A baseline is a YAML or JSON list of accepted findings; a part of a subject may be `*`:
  - code: GS0102
    subject: HTTPRoute/shop/web
    reason: the backend comes with release 7
    expiry: 2027-01-31"
    )]
    Check(Check),

    /// Collect a live cluster into one file, trimmed; no Secret is read
    #[command(after_help = "Examples:
  gatescope snapshot -o cluster.json                  everything that -f understands, in one file
  gatescope snapshot --context prod | gatescope resolve -f -
  gatescope snapshot --redact -o report.json          for a bug report: look at it first

Kinds that may not be listed, or that the cluster does not serve, are named in it: what depends on
them is unknown, and not missing.")]
    Snapshot(Snapshot),

    /// Serve metrics, the JSON API and the page, and follow what changes
    #[command(after_help = "Examples:
  gatescope serve -f manifests/                       http://127.0.0.1:8080/, follows the files
  gatescope serve -f dump.yaml --listen 127.0.0.1:9090
  gatescope serve -f manifests/ --engine native --log-format json
  curl -s http://127.0.0.1:8080/api/v1/exposures?state=blocked
  curl -sN http://127.0.0.1:8080/api/v1/events        what changes, as it changes")]
    Serve(Box<crate::verbs::Serve>),

    /// Write the page with its data as one file, which needs no network and no server
    #[command(after_help = "Examples:
  gatescope page -f dump.yaml -o page.html            open it from disk, send it to a colleague
  gatescope page --empty -o page.html                 a page to drop dumps on

Everything is resolved in the browser's tab; the page's own policy lets nothing out of it. Private keys
of Secrets are left out.")]
    Page(crate::verbs::Page),

    /// Write out the wasm module that this program runs, for browsers and other hosts, or the plugin for Envoy
    #[command(after_help = "Examples:
  gatescope module -o gatescope.wasm
  gatescope module --proxy -o gatescope-proxy.wasm    the plugin for Envoy
  gatescope module | sha256sum                        as `gatescope version` shows it")]
    Module {
        /// The file; standard output by default
        #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<std::path::PathBuf>,
        /// The plugin for Envoy instead
        #[arg(long)]
        proxy: bool,
    },

    /// Print the version, and the SHA-256 of the module
    #[command(after_help = "Example:
  gatescope version")]
    Version,

    /// Print a completion script for a shell
    #[command(after_help = "Examples:
  source <(gatescope completion bash)
  gatescope completion zsh > \"${fpath[1]}/_gatescope\"
  gatescope completion fish > ~/.config/fish/completions/gatescope.fish")]
    Completion {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Where the objects come from and how they are resolved.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Input {
    /// A file, a folder (recursively *.yaml, *.yml, *.json) or - for standard input; may be repeated
    #[arg(short, long = "filename", value_name = "FILE|DIR|-", value_hint = ValueHint::AnyPath)]
    pub file: Vec<String>,

    #[command(flatten)]
    pub cluster: Cluster,

    /// Every kind was collected: what is not in the input does not exist
    #[arg(long)]
    pub complete: bool,

    /// Label of Namespaces that names their tenant; routes that cross tenants are findings
    #[arg(long, value_name = "LABEL")]
    pub tenant_label: Option<String>,

    /// Resolve as this controller does: auto (by each GatewayClass's controllerName), standard, envoy-gateway, istio;
    /// `,+FLAG` and `,-FLAG` after a name add and remove single departures
    #[arg(long, value_name = "NAME", default_value = "auto", value_parser = profile)]
    pub profile: ProfileChoice,

    /// The build of the resolver that answers: native by default
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub engine: Option<EngineKind>,

    /// Another build of the wasm module than the one in this program; with it the engine is wasm
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub module: Option<std::path::PathBuf>,
}

/// Which cluster is read where no file is named, as kubectl has it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Cluster {
    /// Without -f: read the cluster of this context of the kubeconfig; the current one by default
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,

    /// The kubeconfig; KUBECONFIG or ~/.kube/config by default
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub kubeconfig: Option<std::path::PathBuf>,
}

/// `snapshot`.
#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    #[command(flatten)]
    pub cluster: Cluster,
    /// Only this namespace's objects, beside those of no namespace; all namespaces by default
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// All namespaces; the default, for those used to kubectl
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// Also the certificates that listeners and policies refer to; of Secrets nothing else, and never a key
    #[arg(long)]
    pub certificates: bool,
    /// For bug reports: replace names, hosts, paths, labels and addresses, such that the same rows come out
    #[arg(long, conflicts_with = "certificates")]
    pub redact: bool,
    /// The file; standard output by default
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<std::path::PathBuf>,
}

fn profile(text: &str) -> Result<ProfileChoice, String> {
    ProfileChoice::parse(text).map_err(|e| {
        let base = text.split(',').next().unwrap_or_default();
        let names = ProfileChoice::names();
        let flags = gatescope_core::profile::flags();
        let near = if names.contains(&base) {
            // The flag that is not known, if it is that.
            e.split('`').nth(1).and_then(|wanted| crate::suggest::closest(wanted, flags.iter().map(|f| f.name.as_str())))
        } else {
            crate::suggest::closest(base, names.iter().copied())
        };
        match near {
            Some(near) => format!("{e}; did you mean `{near}`?"),
            None => format!("{e}; there are {}, each with `,+FLAG` or `,-FLAG` after it (docs/controllers.md has the flags)", names.join(", ")),
        }
    })
}

/// Which build of the resolver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineKind {
    /// Compiled into this program.
    Native,
    /// The wasm module in wasmtime.
    Wasm,
}

/// As kubectl has them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Scope {
    /// Only routes and gateways of this namespace; all namespaces by default
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,

    /// All namespaces; the default, for those used to kubectl
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
}

/// What a listing shows.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filters {
    /// Only this Gateway
    #[arg(long, value_name = "[NS/]NAME")]
    pub gateway: Option<String>,

    /// Only this route; the kind may be left out
    #[arg(long, value_name = "[KIND/][NS/]NAME")]
    pub route: Option<String>,

    /// Only what would answer for this host, wildcards that cover it included
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,

    /// Only rows in these states
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = PossibleValuesParser::new(["exposed", "shadowed", "blocked", "unknown"]).map(|s| state(&s)))]
    pub state: Vec<State>,
}

fn state(name: &str) -> State {
    match name {
        "exposed" => State::Exposed,
        "shadowed" => State::Shadowed,
        "blocked" => State::Blocked,
        _ => State::Unknown,
    }
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub filters: Filters,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: ListFormat,
    /// Follow the cluster, and print again whenever the answer changes
    #[arg(short, long, conflicts_with = "file")]
    pub watch: bool,
}

/// Formats of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For reading: grouped by gateway and listener.
    #[default]
    Table,
    /// The same with ids, addresses, reach and every detail of the match.
    Wide,
    /// The whole report, schema gatescope/report/v1.
    Json,
    /// One line a row, RFC 4180, with a header.
    Csv,
    /// A flowchart for README files, issues and pull requests.
    Mermaid,
    /// For Graphviz: `| dot -Tpdf`.
    Dot,
    /// A picture of the topology, one file.
    Svg,
}

/// Formats of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For reading.
    #[default]
    Text,
    /// JSON alone.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// The URL: http, https, tls, tcp or udp
    #[arg(required_unless_present = "requests", value_hint = ValueHint::Url)]
    pub url: Option<String>,
    #[command(flatten)]
    pub input: Input,
    /// The request's method
    #[arg(short = 'X', long = "method", visible_alias = "request", value_name = "METHOD", default_value = "GET", conflicts_with = "requests")]
    pub method: String,
    /// A request header; may be repeated, `Host` overrides the URL's
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", conflicts_with = "requests")]
    pub headers: Vec<String>,
    /// The Gateway that receives it; with --requests for those that name none
    #[arg(long, value_name = "NS/NAME")]
    pub gateway: Option<String>,
    /// A JSON array of requests, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "url", value_hint = ValueHint::FilePath)]
    pub requests: Option<String>,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: AnswerFormat,
    /// Follow the cluster, and print again whenever the rows change
    #[arg(short, long, conflicts_with_all = ["file", "requests"])]
    pub watch: bool,
}

/// Formats of differences.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For reading.
    #[default]
    Table,
    /// JSON alone, schema gatescope/diff/v1.
    Json,
    /// A comment for a pull request.
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// BEFORE and AFTER: files or folders, one of them may be -
    #[arg(value_name = "BEFORE AFTER", num_args = 0..=2, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<String>,
    #[command(flatten)]
    pub input: Input,
    /// Manifests laid over -f: they replace objects of the same kind, namespace and name, and add the rest
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath, help_heading = "Input")]
    pub with: Vec<String>,
    /// The profile of the other side; --profile names this side's. Findings about the objects' status are left out:
    /// the present controller wrote it
    #[arg(long, value_name = "NAME", help_heading = "Input", value_parser = profile)]
    pub to: Option<ProfileChoice>,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub filters: Filters,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: DiffFormat,
    /// End with 1 if any way in differs
    #[arg(long)]
    pub exit_code: bool,
}

/// Formats of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For reading.
    #[default]
    Table,
    /// JSON alone, schema gatescope/check/v1.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub input: Input,
    /// Manifests laid over -f: they replace objects of the same kind, namespace and name, and add the rest
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath, help_heading = "Input")]
    pub with: Vec<String>,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub filters: Filters,
    /// Findings of this severity or a worse one count
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    pub fail_on: FailOn,
    /// This finding counts whatever its severity; may be repeated
    #[arg(long, value_name = "CODE|NAME", value_delimiter = ',')]
    pub deny: Vec<String>,
    /// Findings that are accepted, with a reason and an expiry
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<String>,
    /// With --with: findings that were there before count too
    #[arg(long, requires = "with")]
    pub all: bool,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: CheckFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// KIND/NAMESPACE/NAME, or the code of a finding
    #[arg(value_name = "OBJECT|CODE")]
    pub subject: String,
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub scope: Scope,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: AnswerFormat,
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        <super::Cli as clap::CommandFactory>::command().debug_assert();
    }
}
