//! Options of who may read, and of the configuration file.

use crate::cli::Cluster;
use crate::fail::Fail;
use crate::http::{Passwords, Security, Tls};
use clap::{Args, ValueHint};
use gatescope::informer::{self, Connection, Reviewer};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Access {
    /// Options as YAML or JSON, by their names without dashes; the command line wins. Read again when it changes
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Server")]
    pub config: Option<PathBuf>,

    /// Print the options in force as such a file, and end
    #[arg(long, help_heading = "Server")]
    pub print_config: bool,

    /// Serve TLS with this certificate, in PEM; read again when it changes, as are all files here
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath, help_heading = "Access")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath, help_heading = "Access")]
    pub tls_key: Option<PathBuf>,

    /// Only clients with a certificate of these authorities may connect
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath, help_heading = "Access")]
    pub tls_client_ca: Option<PathBuf>,

    /// Only these users may read: lines USER:HASH as `htpasswd -B` writes them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Access")]
    pub basic_auth: Option<PathBuf>,

    /// Only bearers of a token may read whom the cluster allows to `get` the path (TokenReview, SubjectAccessReview)
    #[arg(long, help_heading = "Access")]
    pub kubernetes_auth: bool,
}

impl Access {
    /// What the options ask for; files that cannot be used end the program before it serves anybody.
    pub(crate) async fn security(&self, cluster: &Cluster) -> Result<Security, Fail> {
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some(Arc::new(Tls::read(cert, key, self.tls_client_ca.as_deref())?)),
            _ => None,
        };
        let passwords = self.basic_auth.as_deref().map(Passwords::read).transpose()?.map(Arc::new);
        let tokens = if self.kubernetes_auth {
            let of = informer::Cluster { kubeconfig: cluster.kubeconfig.clone(), context: cluster.context.clone() };
            Some(Reviewer::new(Connection::open(&of).await?))
        } else {
            None
        };
        if passwords.is_some() && tls.is_none() {
            tracing::warn!("passwords are asked for without TLS: whoever is on the way can read them (--tls-cert, --tls-key)");
        }
        Ok(Security { tls, passwords, tokens })
    }
}
