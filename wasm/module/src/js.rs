//! The typed surface for JavaScript. Answers are made as JSON text and parsed by the page's own JSON.parse, which is
//! the quickest way over; exposures come as columns in one buffer, which a worker can hand on without a copy.

use crate::panics;
use crate::wire::{self, Applied, Refusal};
use gatescope_core::{Change, Engine as Core};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!(concat!(env!("OUT_DIR"), "/types.ts"));

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = JSON, js_name = parse)]
    fn json_parse(text: &str) -> JsValue;
    #[wasm_bindgen(js_namespace = JSON, js_name = stringify)]
    fn json_stringify(value: &JsValue) -> Option<String>;
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// Runs in JavaScript only, through the generated glue: other hosts have no console.
#[wasm_bindgen(start)]
fn start() {
    panics::install(Some(console_error));
}

fn value(json: &[u8]) -> JsValue {
    // Our own JSON is UTF-8.
    json_parse(str::from_utf8(json).unwrap_or("null"))
}

fn refused(refusal: &Refusal) -> JsError {
    let place = if refusal.line > 0 { format!(" ({}:{})", refusal.line, refusal.column) } else { String::new() };
    JsError::new(&format!("{}{place}", refusal.message))
}

fn answer(answer: Result<Vec<u8>, Refusal>) -> Result<JsValue, JsError> {
    answer.map(|bytes| value(&bytes)).map_err(|r| refused(&r))
}

/// What this build is.
#[wasm_bindgen(js_name = about, unchecked_return_type = "About")]
pub fn about() -> JsValue {
    value(&wire::about())
}

/// Every finding that there is: what it means, and the way out.
#[wasm_bindgen(js_name = catalogue, unchecked_return_type = "FindingInfo[]")]
pub fn catalogue() -> JsValue {
    value(&wire::catalogue())
}

/// What the module said when it died; empty where it did not. After a panic nothing else may be called.
#[wasm_bindgen(js_name = lastPanic)]
pub fn last_panic() -> String {
    panics::last()
}

#[derive(Serialize)]
struct Loaded {
    objects: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<wire::ErrorOut>,
}

enum Staged {
    Json(Vec<u8>),
    Delete { group: String, kind: String, namespace: String, name: String },
}

/// A resolver with its snapshot. `free` it when done.
#[wasm_bindgen]
pub struct Engine {
    core: Core,
    staged: Vec<Staged>,
}

#[wasm_bindgen]
impl Engine {
    /// An empty one. Throws where a setting is not known.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_optional_param_type = "Settings")] settings: JsValue) -> Result<Engine, JsError> {
        let text = json_stringify(&settings).unwrap_or_default();
        let settings = wire::settings(text.as_bytes()).map_err(|r| refused(&r))?;
        Ok(Self { core: Core::new(settings), staged: Vec::new() })
    }

    /// Takes in one JSON text; `settle` when all are in. What was read before an error is kept.
    #[wasm_bindgen(unchecked_return_type = "Loaded")]
    pub fn load(&mut self, json: &[u8]) -> JsValue {
        let loaded = match wire::load(&mut self.core, json) {
            Ok(objects) => Loaded { objects, error: None },
            Err(e) => Loaded { objects: e.objects, error: Some(e.into()) },
        };
        value(&wire::json(&loaded))
    }

    /// Resolves what was loaded; the revision.
    #[wasm_bindgen]
    #[expect(clippy::cast_precision_loss, reason = "a count of changes stays below 2^53")]
    pub fn settle(&mut self) -> f64 {
        self.core.settle();
        self.core.revision() as f64
    }

    /// Resolves the same objects under another profile; what that changed. Throws where there is no such profile.
    #[wasm_bindgen(js_name = setProfile, unchecked_return_type = "Delta")]
    pub fn set_profile(&mut self, profile: &str) -> Result<JsValue, JsError> {
        let choice = wire::profile(profile).map_err(|r| refused(&r))?;
        Ok(value(&wire::json(&self.core.choose(choice))))
    }

    /// Objects to come with the next `apply`: they replace those of the same kind, namespace and name.
    #[wasm_bindgen]
    pub fn put(&mut self, json: &[u8]) {
        self.staged.push(Staged::Json(json.to_vec()));
    }

    /// An object to go with the next `apply`.
    #[wasm_bindgen]
    pub fn remove(&mut self, group: String, kind: String, namespace: String, name: String) {
        self.staged.push(Staged::Delete { group, kind, namespace, name });
    }

    /// Applies what `put` and `remove` named, in that order, and says what it did to the rows.
    #[wasm_bindgen(unchecked_return_type = "Applied")]
    pub fn apply(&mut self) -> JsValue {
        let staged = std::mem::take(&mut self.staged);
        let changes: Vec<Change<'_>> = staged
            .iter()
            .map(|s| match s {
                Staged::Json(text) => Change::Json(text),
                Staged::Delete { group, kind, namespace, name } => Change::Delete { group, kind, namespace, name },
            })
            .collect();
        let (delta, errors) = self.core.apply(&changes);
        value(&wire::json(&Applied { delta, errors: errors.into_iter().map(Into::into).collect() }))
    }

    /// How many calls of `settle` and `apply` changed something.
    #[wasm_bindgen(getter)]
    #[expect(clippy::cast_precision_loss, reason = "a count of changes stays below 2^53")]
    pub fn revision(&self) -> f64 {
        self.core.revision() as f64
    }

    /// The whole report as JSON text in UTF-8, the same bytes on every host.
    #[wasm_bindgen(js_name = reportBytes)]
    pub fn report_bytes(&self) -> Vec<u8> {
        self.core.report_json()
    }

    /// The report without its exposures, which `columns` has.
    #[wasm_bindgen(unchecked_return_type = "Report")]
    pub fn frame(&self) -> JsValue {
        value(&wire::json(&self.core.frame()))
    }

    /// Exposures as typed columns with a string table, for columns.js: one buffer, decoded where it is looked at.
    #[wasm_bindgen]
    pub fn columns(&self) -> Vec<u8> {
        self.core.columns()
    }

    /// One object's gates, rows and findings; undefined where the snapshot does not have it.
    #[wasm_bindgen(unchecked_return_type = "Explanation | undefined")]
    pub fn explain(&self, kind: String, namespace: Option<String>, name: String) -> JsValue {
        let subject = gatescope_core::types::ObjectRef { kind: kind.into(), namespace, name };
        self.core.explain(&subject).map_or(JsValue::UNDEFINED, |e| value(&wire::json(&e)))
    }

    /// `[namespace, name]` of every object of a kind.
    #[wasm_bindgen(unchecked_return_type = "[string, string][]")]
    pub fn names(&self, kind: &str) -> JsValue {
        value(&wire::json(&self.core.names(kind)))
    }

    /// What would serve these requests, each at its Gateway. Throws where one is malformed.
    #[wasm_bindgen(unchecked_return_type = "Answer[]")]
    pub fn trace(&self, #[wasm_bindgen(unchecked_param_type = "Request[]")] requests: JsValue) -> Result<JsValue, JsError> {
        answer(wire::trace(&self.core, json_stringify(&requests).unwrap_or_default().as_bytes()))
    }

    /// What would serve a request at every Gateway that would answer, the most specific first.
    #[wasm_bindgen(js_name = traceEverywhere, unchecked_return_type = "Answer[]")]
    pub fn trace_everywhere(&self, #[wasm_bindgen(unchecked_param_type = "Request")] request: JsValue) -> Result<JsValue, JsError> {
        answer(wire::trace_everywhere(&self.core, json_stringify(&request).unwrap_or_default().as_bytes()))
    }

    /// The topology with its places. Throws where an option is malformed.
    #[wasm_bindgen(unchecked_return_type = "Layout")]
    pub fn layout(&self, #[wasm_bindgen(unchecked_optional_param_type = "LayoutOptions")] options: JsValue) -> Result<JsValue, JsError> {
        let text = json_stringify(&options).unwrap_or_default();
        answer(wire::lay_out(&self.core, text.as_bytes()))
    }

    /// The topology of some rows and attachments alone, by their place in the report; so are `rows` and `attachment` in
    /// the answer. Throws where an option is malformed.
    #[wasm_bindgen(js_name = layoutOf, unchecked_return_type = "Layout")]
    pub fn layout_of(
        &self,
        #[wasm_bindgen(unchecked_param_type = "LayoutOptions")] options: JsValue,
        rows: &[u32],
        attachments: &[u32],
    ) -> Result<JsValue, JsError> {
        let text = json_stringify(&options).unwrap_or_default();
        answer(wire::lay_out_some(&self.core, text.as_bytes(), rows, attachments))
    }
}
