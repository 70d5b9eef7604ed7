//! The resolver compiled into this program.

use super::held::Held;
use super::{Failure, Health, Resolver};
use gatescope_core::layout::{Layout, LayoutOptions, Parts, layout};
use gatescope_core::types::{Answer, Delta, Explanation, Exposure, ObjectRef, Report, Request};
use gatescope_core::{Change, Engine, InputError, ProfileChoice, Settings};

/// The native engine. Nothing fails here but the input.
#[derive(Debug)]
pub struct Native(Engine, Option<Held>);

impl Native {
    /// An empty one.
    pub fn new(settings: Settings) -> Self {
        Self(Engine::new(settings), None)
    }

    /// An empty one that holds its snapshot, for whoever wants it back.
    pub fn holding(settings: Settings) -> Self {
        Self(Engine::new(settings), Some(Held::default()))
    }
}

impl Resolver for Native {
    fn kind(&self) -> &'static str {
        "native"
    }
    fn load(&mut self, json: &[u8]) -> Result<usize, Failure> {
        if let Some(held) = &mut self.1 {
            held.load(json);
        }
        self.0.load(json).map_err(Failure::input)
    }
    fn settle(&mut self) -> Result<(), Failure> {
        if let Some(held) = &mut self.1 {
            held.settle();
        }
        self.0.settle();
        Ok(())
    }
    fn apply(&mut self, changes: &[Change<'_>]) -> Result<(Delta, Vec<InputError>), Failure> {
        if let Some(held) = &mut self.1 {
            held.apply(changes);
        }
        Ok(self.0.apply(changes))
    }
    fn choose(&mut self, choice: &ProfileChoice) -> Result<Delta, Failure> {
        Ok(self.0.choose(choice.clone()))
    }
    fn revision(&self) -> u64 {
        self.0.revision()
    }
    fn report(&mut self) -> Result<Report, Failure> {
        Ok(self.0.report())
    }
    fn report_json(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.report_json())
    }
    fn brief(&mut self) -> Result<Report, Failure> {
        Ok(self.0.brief())
    }
    fn exposures(&mut self, each: &mut dyn FnMut(Vec<Exposure>)) -> Result<(), Failure> {
        let mut next = Some(0);
        while let Some(from) = next {
            let (some, after) = self.0.exposures_from(from, super::AT_ONCE as usize);
            each(some);
            next = after;
        }
        Ok(())
    }
    fn columns(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.columns())
    }
    fn explain(&mut self, subject: &ObjectRef) -> Result<Option<Explanation>, Failure> {
        Ok(self.0.explain(subject))
    }
    fn names(&mut self, kind: &str) -> Result<Vec<(String, String)>, Failure> {
        Ok(self.0.names(kind))
    }
    fn trace(&mut self, requests: &[Request]) -> Result<Vec<Answer>, Failure> {
        Ok(requests.iter().map(|r| self.0.trace(r)).collect())
    }
    fn trace_everywhere(&mut self, request: &Request) -> Result<Vec<Answer>, Failure> {
        Ok(self.0.trace_everywhere(request))
    }
    fn layout(&mut self, options: &LayoutOptions) -> Result<Layout, Failure> {
        let report = self.0.report();
        Ok(layout(Parts::from(&report), options))
    }
    fn health(&self) -> Health {
        Health { held: self.1.as_ref().map_or(0, Held::bytes), ..Health::default() }
    }
    fn held(&self) -> Option<&Held> {
        self.1.as_ref()
    }
}
