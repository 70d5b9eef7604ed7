//! A second reading of the rules: naive, slow and written label by label from `rules.md`, sharing no code
//! with the resolver. It knows small clusters only: HTTP listeners of one Gateway, HTTPRoutes, Services.

pub mod generate;
pub mod hostname;
pub mod matching;
pub mod precedence;
pub mod world;
