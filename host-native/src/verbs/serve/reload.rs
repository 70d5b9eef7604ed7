//! Files of the exporter itself that change while it runs: what can be put in force at once is; what cannot is told.

use super::config::Effective;
use super::logs::Level;
use crate::fail::Fail;
use crate::http::{App, Contents, every_second};
use std::sync::{Arc, PoisonError};
use tokio::sync::watch;

/// Looks after the files until the program ends.
pub(super) fn start(app: Arc<App>, running: Effective, level: Level, stop: watch::Receiver<bool>) {
    let mut tls = app.security.tls.as_ref().map(|t| t.contents());
    let mut users = app.security.passwords.as_ref().map(|p| p.contents());
    let mut config = running.serve.access.config.clone().map(|path| (Contents::of([path]), running));
    if tls.is_none() && users.is_none() && config.is_none() {
        return;
    }
    let runtime = tokio::runtime::Handle::current();
    tokio::spawn(every_second(stop, move || {
        if let (Some(contents), Some(tls)) = (&mut tls, &app.security.tls)
            && contents.changed()
        {
            app.note("TLS", tls.renew().map(|()| "read again"));
        }
        if let (Some(contents), Some(users)) = (&mut users, &app.security.passwords)
            && contents.changed()
        {
            app.note("passwords", users.renew().map(|()| "read again"));
        }
        if let Some((contents, running)) = &mut config
            && contents.changed()
        {
            let result = Effective::read().and_then(|new| put_in_force(&app, running, new, &level, &runtime));
            app.note("configuration", result.map(|()| "in force"));
        }
    }));
}

/// What needs a restart stays as it was, and is the error.
fn put_in_force(app: &Arc<App>, running: &mut Effective, new: Effective, level: &Level, runtime: &tokio::runtime::Handle) -> Result<(), Fail> {
    let differs = running.differs(&new);
    let metrics = new.serve.metrics.config(&new.serve)?;
    if differs.contains("log-level") {
        level.set(&new.serve.log_level)?;
    }
    if differs.contains("allowed-host") {
        app.hosts.write().unwrap_or_else(PoisonError::into_inner).allowed.clone_from(&new.serve.allowed_host);
    }
    if differs.iter().any(|n| Effective::is_metric(n)) {
        let hub = app.hub.clone();
        runtime.spawn(async move {
            if hub.ask(move |hub| hub.show(metrics)).await.is_err() {
                tracing::warn!("the hub does not answer: metrics are shown as before");
            }
        });
    }
    let stuck: Vec<String> = differs.into_iter().filter(|n| n != "log-level" && n != "allowed-host" && !Effective::is_metric(n)).collect();
    if stuck.is_empty() {
        *running = new;
        return Ok(());
    }
    // What is in force now is the new one but for these: compared with next time all the same, as they still wait.
    let names: Vec<String> = stuck.iter().map(|n| format!("`{n}`")).collect();
    running.take_but(new, &stuck);
    Err(Fail::usage(format!("{} cannot change while it runs", names.join(", "))).hint("restart the exporter to put it in force"))
}
