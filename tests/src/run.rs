//! A case through the engine.

use crate::case::{Case, Choice};
use gatescope_core::types::{Answer, Report, Request};
use gatescope_core::{Engine, Settings};
use serde_json::value::RawValue;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An engine that has taken in one case, and its report.
pub struct Resolved {
    engine: Engine,
    /// The report.
    pub report: Report,
}

impl Resolved {
    /// The engine itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The answer to a request; a panic is an error.
    pub fn trace(&self, request: &Request) -> Result<Answer, String> {
        guarded(|| self.engine.trace(request))
    }
}

/// Resolves a case. `None` where the engine does not know the profile yet; a panic is an error.
pub fn resolve(case: &Case, choice: &Choice) -> Option<Result<Resolved, String>> {
    let settings = settings(case, choice)?;
    Some(resolve_text(settings, &text(case, &case.objects)))
}

/// The settings that a case asks for.
pub fn settings(case: &Case, choice: &Choice) -> Option<Settings> {
    let complete = case.lists.complete.unwrap_or(case.lists.collected.is_none());
    Some(Settings { profile: choice.resolve()?, complete, ..Settings::default() })
}

/// Resolves one JSON text.
pub fn resolve_text(settings: Settings, text: &str) -> Result<Resolved, String> {
    guarded(move || {
        let mut engine = Engine::new(settings);
        engine.load(text.as_bytes()).map_err(|e| format!("load: {}:{}: {}", e.line, e.column, e.message))?;
        engine.settle();
        let report = engine.report();
        Ok(Resolved { engine, report })
    })?
}

/// A case's objects, in the order given, as the JSON that the engine takes in: a compact snapshot where the
/// case says what was collected, a List otherwise.
pub fn text(case: &Case, objects: &[Box<RawValue>]) -> String {
    let objects = objects.iter().map(|o| o.get()).collect::<Vec<_>>().join(",\n");
    match &case.lists.collected {
        None => format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{objects}]}}"),
        Some(collected) => {
            let list = |kinds: &[String]| serde_json::to_string(kinds).unwrap();
            format!(
                "{{\"schema\":\"gatescope/snapshot/v1\",\"cluster\":\"case\",\"collected\":{},\"absent\":{},\"forbidden\":{},\"objects\":[{objects}]}}",
                list(collected),
                list(&case.lists.absent),
                list(&case.lists.forbidden),
            )
        }
    }
}

/// Runs it; a panic becomes an error that says what was said.
pub fn guarded<T>(what: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(what)).map_err(|e| {
        let said = e.downcast_ref::<String>().cloned().or_else(|| e.downcast_ref::<&str>().map(ToString::to_string));
        format!("panicked: {}", said.unwrap_or_default())
    })
}
