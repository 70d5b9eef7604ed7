//! Basic auth: users and bcrypt hashes in a file as `htpasswd -B` writes it, read again when it changes.

use super::Contents;
use crate::fail::Fail;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Who may read, by user name.
type Users = BTreeMap<String, String>;

/// The users of a file.
#[derive(Debug)]
pub(crate) struct Passwords {
    path: PathBuf,
    users: RwLock<Arc<Users>>,
    /// Hashes of user, password and bcrypt hash that were found good: bcrypt is slow on purpose, and scrapes come often.
    good: Mutex<BTreeSet<[u8; 32]>>,
    /// Checks at the same time: whoever guesses must not take the whole machine.
    room: Semaphore,
}

/// Good pairs that are remembered.
const MOST: usize = 256;
/// How long a request waits for its turn to be checked.
const PATIENCE: Duration = Duration::from_secs(5);
/// bcrypt looks at no more of a password than this.
const LONGEST: usize = 72;

impl Passwords {
    pub(crate) fn read(path: &Path) -> Result<Self, Fail> {
        let users = parse(path)?;
        Ok(Self { path: path.to_owned(), users: RwLock::new(Arc::new(users)), good: Mutex::default(), room: Semaphore::new(1) })
    }

    /// What has to be looked at for changes.
    pub(crate) fn contents(&self) -> Contents {
        Contents::of([self.path.clone()])
    }

    /// Reads the file again; where that fails, the users of before stay.
    pub(crate) fn renew(&self) -> Result<(), Fail> {
        let users = parse(&self.path)?;
        *self.users.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(users);
        self.good.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    /// Whether it is the user's password; `None` where too many others are being checked.
    pub(super) async fn check(&self, user: &str, password: &str) -> Option<bool> {
        // A hash of no password: an unknown user takes as long as a known one.
        const NOBODY: &str = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8T5SgcJMf4vAOPnH3FxhrOtjK5Hp6e";
        let users = Arc::clone(&self.users.read().unwrap_or_else(PoisonError::into_inner));
        let known = users.get(user).cloned();
        let hash = known.clone().unwrap_or_else(|| NOBODY.to_owned());
        let mut key = Sha256::new();
        for part in [user, password, &hash] {
            key.update((part.len() as u64).to_le_bytes());
            key.update(part);
        }
        let key: [u8; 32] = key.finalize().into();
        if known.is_some() && self.good.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Some(true);
        }
        let leave = tokio::time::timeout(PATIENCE, self.room.acquire()).await.ok()?.ok()?;
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || password.len() <= LONGEST && bcrypt::verify(&password, &hash).unwrap_or(false)).await;
        drop(leave);
        let right = right.unwrap_or(false) && known.is_some();
        // A file that was read meanwhile may have another hash: then the key is another too.
        if right {
            let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
            if good.len() >= MOST {
                good.clear();
            }
            good.insert(key);
        }
        Some(right)
    }
}

fn parse(path: &Path) -> Result<Users, Fail> {
    let bad = |what: String| Fail::usage(format!("`{}`: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| bad(crate::input::plain_io(&e)))?;
    let mut users = Users::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("line {}", i.saturating_add(1));
        let Some((user, hash)) = line.split_once(':').filter(|(user, _)| !user.is_empty()) else {
            return Err(bad(format!("{place} is not USER:HASH")).hint("`htpasswd -nBC 10 USER` prints such a line"));
        };
        let cost = hash.strip_prefix("$2").and_then(|rest| rest.get(2..4)).and_then(|cost| cost.parse::<u8>().ok());
        if cost.is_none() || hash.len() != 60 {
            return Err(bad(format!("{place}: the hash of `{user}` is not bcrypt")).hint("`htpasswd -nBC 10 USER` prints such a line"));
        }
        if cost > Some(14) {
            return Err(bad(format!("{place}: the hash of `{user}` takes seconds to check")).hint("a cost of 10 to 12 is right: htpasswd -nBC 10 USER"));
        }
        users.insert(user.to_owned(), hash.to_owned());
    }
    if users.is_empty() {
        return Err(bad("there is no user in it".into()).hint("`htpasswd -nBC 10 USER` prints a line for it"));
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("gatescope-passwords-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[tokio::test]
    async fn the_right_one_and_no_other() {
        let hash = bcrypt::hash("secret", 4).unwrap();
        let path = file("good", &format!("# users\nprometheus:{hash}\n"));
        let passwords = Passwords::read(&path).unwrap();
        for (user, password, right) in
            [("prometheus", "secret", true), ("prometheus", "secret", true), ("prometheus", "Secret", false), ("x", "secret", false), ("", "", false)]
        {
            assert_eq!(passwords.check(user, password).await, Some(right), "{user} {password}");
        }
        std::fs::write(&path, format!("prometheus:{}\n", bcrypt::hash("other", 4).unwrap())).unwrap();
        passwords.renew().unwrap();
        assert_eq!((passwords.check("prometheus", "secret").await, passwords.check("prometheus", "other").await), (Some(false), Some(true)));
        std::fs::write(&path, "").unwrap();
        assert!(passwords.renew().is_err());
        assert_eq!(passwords.check("prometheus", "other").await, Some(true), "the users of before stay");
    }

    #[test]
    fn what_is_no_bcrypt_is_refused() {
        for text in ["a", "a:secret", "a:$apr1$x$y", ":x", "a:$2y$10$short", &format!("a:$2y$31${}", "x".repeat(53))] {
            assert!(parse(&file("bad", text)).is_err(), "{text}");
        }
    }
}
