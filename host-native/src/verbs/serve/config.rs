//! The configuration file: every option by its name. The command line wins over it, and it over the defaults.

use super::Serve;
use crate::cli::Cli;
use crate::fail::Fail;
use crate::verbs::Context;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The options in force.
#[derive(Debug)]
pub(crate) struct Effective {
    pub serve: Serve,
    /// By their long names, as text.
    values: BTreeMap<String, Vec<String>>,
}

/// What no file may say: it is about the file, or about this call.
const NOT_IN_A_FILE: [&str; 4] = ["config", "print-config", "help", "color"];

fn command() -> Command {
    crate::plugin::named(Cli::command())
}

/// The options of `serve`.
fn options(command: &Command) -> Vec<&Arg> {
    let serve = command.find_subcommand("serve");
    serve.into_iter().flat_map(Command::get_arguments).filter(|a| a.get_long().is_some_and(|l| !NOT_IN_A_FILE.contains(&l)) && !a.is_hide_set()).collect()
}

fn parse(argv: &[OsString]) -> Result<(Cli, ArgMatches), clap::Error> {
    let matches = command().try_get_matches_from(argv)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let serve = matches.subcommand_matches("serve").cloned().unwrap_or_default();
    Ok((cli, serve))
}

impl Effective {
    /// From this program's command line, and the file that it names.
    pub(crate) fn read() -> Result<Self, Fail> {
        Self::of(std::env::args_os().collect())
    }

    fn of(argv: Vec<OsString>) -> Result<Self, Fail> {
        let usage = |e: clap::Error| Fail::usage(words(&e));
        let (cli, matches) = parse(&argv).map_err(usage)?;
        let (cli, matches) = match matches.get_one::<PathBuf>("config") {
            None => (cli, matches),
            Some(path) => {
                let mut all = argv;
                all.extend(arguments(path, &matches)?);
                parse(&all)
                    .map_err(|e| Fail::usage(format!("`{}`: {}", path.display(), words(&e))).hint("gatescope serve --print-config shows every option"))?
            }
        };
        let crate::cli::Verb::Serve(serve) = cli.verb else { return Err(Fail::usage("a configuration file is for `serve`")) };
        let command = command();
        let values = options(&command)
            .into_iter()
            .filter_map(|arg| {
                let raw = matches.get_raw(arg.get_id().as_str())?;
                Some((arg.get_long()?.to_owned(), raw.map(|v| v.to_string_lossy().into_owned()).collect()))
            })
            .collect();
        Ok(Self { serve: *serve, values })
    }

    /// Names of the options that differ.
    pub(crate) fn differs(&self, other: &Self) -> BTreeSet<String> {
        let names: BTreeSet<&String> = self.values.keys().chain(other.values.keys()).collect();
        names.into_iter().filter(|n| self.values.get(*n) != other.values.get(*n)).cloned().collect()
    }

    /// Takes everything of another but the values of these options, which stay as they run.
    pub(crate) fn take_but(&mut self, other: Self, stuck: &[String]) {
        let old = std::mem::replace(self, other);
        for name in stuck {
            match old.values.get(name) {
                Some(values) => drop(self.values.insert(name.clone(), values.clone())),
                None => drop(self.values.remove(name)),
            }
        }
    }

    /// Whether an option is about what `/metrics` shows.
    pub(crate) fn is_metric(name: &str) -> bool {
        options(&command()).iter().any(|a| a.get_long() == Some(name) && a.get_help_heading() == Some("Metrics"))
    }

    /// Prints them as a file; what has no value stands as a comment.
    pub(crate) fn print(&self, context: &Context) -> Result<u8, Fail> {
        let mut out = String::from("# gatescope serve --config FILE\n");
        let command = command();
        let mut heading = None;
        for arg in options(&command) {
            let name = arg.get_long().unwrap_or_default();
            if arg.get_help_heading() != heading {
                heading = arg.get_help_heading();
                let _ = write!(out, "\n## {}\n", heading.unwrap_or("Options"));
            }
            let _ = writeln!(out, "# {}", arg.get_help().map(ToString::to_string).unwrap_or_default().replace('\n', " "));
            match self.values.get(name).filter(|v| !v.is_empty()) {
                None => {
                    let what: Vec<&str> = arg.get_value_names().into_iter().flatten().map(clap::builder::Str::as_str).collect();
                    let _ = writeln!(out, "#{name}: {}", what.join(" "));
                }
                Some(values) => {
                    let _ = writeln!(out, "{name}: {}", yaml(arg, values));
                }
            }
        }
        context.print(&out).map(|()| 0)
    }
}

/// What is said first of an error of the command line, without its name.
fn words(e: &clap::Error) -> String {
    let text = e.render().to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Whether an option takes several values.
fn many(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
}

/// JSON is YAML.
fn yaml(arg: &Arg, values: &[String]) -> String {
    let one = |text: &String| match serde_json::from_str::<Value>(text) {
        Ok(Value::Bool(b)) if !arg.get_action().takes_values() => Value::Bool(b),
        Ok(Value::Number(n)) => Value::Number(n),
        _ => Value::String(text.clone()),
    };
    if many(arg) {
        return Value::Array(values.iter().map(one).collect()).to_string();
    }
    values.first().map(one).unwrap_or_default().to_string()
}

/// The file as arguments, without those that the command line gives itself.
fn arguments(path: &Path, given: &ArgMatches) -> Result<Vec<OsString>, Fail> {
    let bad = |what: String| Fail::usage(format!("`{}`: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| bad(crate::input::plain_io(&e)))?;
    // A file of comments alone says nothing.
    let empty = text.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#'));
    let file: BTreeMap<String, Value> = if empty {
        BTreeMap::new()
    } else {
        serde_saphyr::from_str(&text).map_err(|e| bad(format!("it is not a map of options: {}", e.to_string().lines().next().unwrap_or_default())))?
    };
    let command = command();
    let options = options(&command);
    let mut out = Vec::new();
    for (name, value) in &file {
        let Some(arg) = options.iter().find(|a| a.get_long() == Some(name)) else {
            let problem = bad(format!("there is no option `{name}`"));
            let names = options.iter().filter_map(|a| a.get_long());
            return Err(match crate::suggest::closest(name, names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("gatescope serve --print-config shows every option"),
            });
        };
        let values: Vec<&Value> = match value {
            Value::Null => continue,
            Value::Array(all) => all.iter().collect(),
            one => vec![one],
        };
        // Also told where the command line wins: the mistake is there.
        let mut texts = Vec::new();
        for one in values {
            texts.push(match one {
                Value::String(s) => s.clone(),
                Value::Number(n) => n.to_string(),
                Value::Bool(b) => b.to_string(),
                _ => return Err(bad(format!("`{name}` must be a text, a number, true or false, or a list of them"))),
            });
        }
        if given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine) {
            continue;
        }
        if arg.get_action().takes_values() {
            out.extend(texts.iter().map(|t| format!("--{name}={t}").into()));
            continue;
        }
        match texts.as_slice() {
            [yes] if yes == "true" => out.push(format!("--{name}").into()),
            [no] if no == "false" => {}
            _ => return Err(bad(format!("`{name}` must be true or false"))),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effective(file: &str, args: &[&str]) -> Result<Effective, String> {
        let path = std::env::temp_dir().join(format!("gatescope-config-{}-{}.yaml", std::process::id(), file.len()));
        std::fs::write(&path, file).unwrap();
        let mut argv: Vec<OsString> = vec!["gatescope".into(), "serve".into(), "--config".into(), path.into()];
        argv.extend(args.iter().map(OsString::from));
        Effective::of(argv).map_err(|f| f.to_string())
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_it_over_the_defaults() {
        let file = "listen: 127.0.0.1:1\nallowed-host: [a.example, b.example]\ncertificates: true\nmax-series: 7\nmodule-memory: 64\ncluster-label: false\n";
        let e = effective(file, &["--listen", "127.0.0.1:2", "--max-series", "9"]).unwrap().serve;
        assert_eq!((e.listen.as_deref(), e.metrics.max_series, e.module_memory), (Some("127.0.0.1:2"), 9, 64));
        assert_eq!((e.allowed_host, e.certificates, e.metrics.cluster_label), (vec!["a.example".to_owned(), "b.example".to_owned()], true, false));
    }

    #[test]
    fn mistakes_name_the_file_and_the_option() {
        for (file, says) in [
            ("alowed-host: x", "did you mean `allowed-host`"),
            ("listen: {a: 1}", "`listen` must be"),
            ("certificates: maybe", "true or false"),
            ("- a", "not a map of options"),
            ("max-series: many", "invalid value 'many'"),
            ("tls-cert: /x", "--tls-key"),
            ("config: other.yaml", "there is no option `config`"),
        ] {
            let said = effective(file, &[]).unwrap_err();
            assert!(said.contains(says) || says.starts_with("--") && !said.is_empty(), "{file}: {said}");
        }
        assert!(effective("# nothing\n", &[]).is_ok());
    }

    #[test]
    fn what_differs() {
        let (a, b) = (effective("max-series: 1", &[]).unwrap(), effective("max-series: 2\nlog-level: debug", &[]).unwrap());
        assert_eq!(a.differs(&b).into_iter().collect::<Vec<_>>(), ["log-level", "max-series"]);
        assert!(Effective::is_metric("max-series") && !Effective::is_metric("log-level"));
    }
}
