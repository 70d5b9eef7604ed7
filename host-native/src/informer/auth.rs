//! Who may read the exporter, asked of the cluster: TokenReview says whose a token is, SubjectAccessReview whether that
//! user may GET the path. Whatever cannot be asked is not allowed.

use super::client::Connection;
use super::fault::Fault;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the cluster says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The user of the token may.
    Allowed {
        /// As the cluster knows them.
        user: String,
    },
    /// The token is nobody's: 401.
    Unauthenticated,
    /// The user may not: 403.
    Denied {
        /// As the cluster knows them.
        user: String,
    },
}

/// Asks the cluster, and remembers its answers for a while.
#[derive(Debug)]
pub struct Reviewer {
    connection: Connection,
    /// By a hash of token, verb and path: tokens are not kept.
    remembered: Mutex<BTreeMap<[u8; 32], (Instant, Decision)>>,
}

/// How long an answer holds; a revoked token opens nothing for longer.
const GOOD: Duration = Duration::from_secs(60);
/// A refusal is asked about again sooner: a grant is on its way.
const BAD: Duration = Duration::from_secs(5);
/// Answers that are remembered: whoever tries tokens must not fill the memory.
const MOST: usize = 1024;

#[derive(Deserialize)]
struct Review<S> {
    status: Option<S>,
}
#[derive(Default, Deserialize)]
struct TokenStatus {
    #[serde(default)]
    authenticated: bool,
    user: Option<User>,
}
#[derive(Default, Deserialize)]
struct AccessStatus {
    #[serde(default)]
    allowed: bool,
}
#[derive(Clone, Default, Deserialize, serde::Serialize)]
struct User {
    #[serde(default)]
    username: String,
    #[serde(default)]
    uid: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    extra: BTreeMap<String, Vec<String>>,
}

impl Reviewer {
    /// Asks through this connection, whose user needs to create tokenreviews and subjectaccessreviews.
    pub fn new(connection: Connection) -> Self {
        Self { connection, remembered: Mutex::default() }
    }

    /// Whether the bearer of a token may do `verb` (`get`) on a path of ours. An error means that the cluster
    /// could not be asked: nobody is let in.
    pub async fn review(&self, token: &str, verb: &str, path: &str) -> Result<Decision, Fault> {
        let key: [u8; 32] = Sha256::digest(format!("{token}\n{verb}\n{path}")).into();
        if let Some(known) = self.recall(&key) {
            return Ok(known);
        }
        let decision = self.ask(token, verb, path).await?;
        self.remember(key, decision.clone());
        Ok(decision)
    }

    async fn ask(&self, token: &str, verb: &str, path: &str) -> Result<Decision, Fault> {
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}});
        let answer: TokenStatus = self.post("/apis/authentication.k8s.io/v1/tokenreviews", &review).await?;
        let Some(user) = answer.user.filter(|u| answer.authenticated && !u.username.is_empty()) else { return Ok(Decision::Unauthenticated) };
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": user.username, "uid": user.uid, "groups": user.groups, "extra": user.extra,
            "nonResourceAttributes": {"path": path, "verb": verb}}});
        let answer: AccessStatus = self.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review).await?;
        Ok(if answer.allowed { Decision::Allowed { user: user.username } } else { Decision::Denied { user: user.username } })
    }

    async fn post<S: for<'de> Deserialize<'de> + Default>(&self, path: &str, body: &serde_json::Value) -> Result<S, Fault> {
        let text = self.connection.post(path, body.to_string().into_bytes()).await?;
        let review: Review<S> =
            serde_json::from_slice(&text).map_err(|e| Fault::new(super::Class::Passing, format!("`{path}` answers what is not understood: {e}")))?;
        Ok(review.status.unwrap_or_default())
    }

    fn recall(&self, key: &[u8; 32]) -> Option<Decision> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, decision) = remembered.get(key)?;
        let holds = if matches!(decision, Decision::Allowed { .. }) { GOOD } else { BAD };
        (since.elapsed() < holds).then(|| decision.clone())
    }

    fn remember(&self, key: [u8; 32], decision: Decision) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST {
            remembered.retain(|_, (since, _)| since.elapsed() < BAD);
        }
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(key, (Instant::now(), decision));
    }
}
