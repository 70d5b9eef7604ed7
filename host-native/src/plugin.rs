//! Installed as `kubectl-gatescope` the program is a kubectl plugin: its help says `kubectl gatescope`.

use clap::Command;

const PLUGIN: &str = "kubectl-gatescope";

/// The command line under the name by which the program was called.
pub(crate) fn named(command: Command) -> Command {
    let called = std::env::args_os().next().map(std::path::PathBuf::from);
    let is_plugin = called.as_deref().and_then(|p| p.file_stem()).is_some_and(|name| name == PLUGIN);
    if is_plugin { spelt(command.bin_name("kubectl gatescope").display_name("kubectl gatescope")) } else { command }
}

/// Examples show what is to be typed.
fn spelt(mut command: Command) -> Command {
    if let Some(help) = command.get_after_help().map(ToString::to_string) {
        let help = help
            .replace("  gatescope ", "  kubectl gatescope ")
            .replace("| gatescope ", "| kubectl gatescope ")
            .replace("<(gatescope ", "<(kubectl gatescope ");
        command = command.after_help(help);
    }
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(&name, spelt);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::spelt;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn examples_are_to_be_typed() {
        let mut command = spelt(Cli::command());
        let resolve = command.find_subcommand_mut("resolve").unwrap().render_help().to_string();
        assert!(resolve.contains("  kubectl gatescope resolve -f dump.yaml") && !resolve.contains("  gatescope "), "{resolve}");
    }
}
