//! Files that are read again when they change. Contents are compared, not times: a ConfigMap or Secret volume is
//! exchanged as a whole, and files on other machines have other clocks.

use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// What files were when they were last looked at.
#[derive(Debug)]
pub(crate) struct Contents {
    files: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl Contents {
    /// As they are now; a file that is not there may come.
    pub(crate) fn of(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { files: paths.into_iter().map(|p| (p.clone(), std::fs::read(p).ok())).collect() }
    }

    /// Whether any differs from the last time. A file that is gone, or cannot be read, is as it was.
    pub(crate) fn changed(&mut self) -> bool {
        let mut any = false;
        for (path, last) in &mut self.files {
            if let Ok(now) = std::fs::read(path)
                && last.as_ref() != Some(&now)
            {
                *last = Some(now);
                any = true;
            }
        }
        any
    }
}

/// Calls `look` every second until the program ends.
pub(crate) async fn every_second(mut stop: watch::Receiver<bool>, mut look: impl FnMut() + Send) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => look(),
            _ = stop.changed() => return,
        }
    }
}
