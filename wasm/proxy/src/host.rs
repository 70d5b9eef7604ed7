//! The proxy, as the plugin sees it.

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Warn,
}

/// Types of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Goes up.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Distribution of values.
    Histogram,
}

/// What a proxy offers to a plugin. Nothing here fails loudly: what the proxy refuses is `None` or has no effect.
pub trait Host {
    /// Unix time in nanoseconds.
    fn now(&self) -> u64;
    /// Writes to the proxy's log.
    fn log(&self, level: Level, message: &str);
    /// A property by its path, whose parts are separated by `\0`.
    fn property(&self, path: &str) -> Option<Vec<u8>>;
    /// Sets filter state of the request.
    fn set_property(&self, name: &str, value: &[u8]);
    /// The request's headers as the ABI serialises them ([`crate::headers::Pairs`]).
    fn request_headers(&self) -> Option<Vec<u8>>;
    /// Adds a header to the response.
    fn add_response_header(&self, name: &str, value: &str);
    /// Answers the request instead of passing it on.
    fn respond(&self, status: u32, headers: &[(&str, &str)], body: &[u8]);
    /// Makes a metric, or finds it; its number.
    fn define(&self, metric: Metric, name: &str) -> Option<u32>;
    /// Adds to a counter.
    fn increment(&self, metric: u32);
    /// Sets a gauge, or adds a value to a histogram.
    fn record(&self, metric: u32, value: u64);
    /// Asks for the next tick after so many milliseconds, and again after each such time; 0 is never.
    fn tick_after(&self, milliseconds: u32);
    /// Sends a GET to a cluster; false where the proxy does not even try.
    fn get(&self, cluster: &str, headers: &[(&str, &str)], timeout_ms: u32) -> bool;
}
