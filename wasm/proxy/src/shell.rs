//! The plugin in a proxy: the SDK's contexts on one side, [`Host`] on the other.
#![expect(unsafe_code, reason = "the ABI hands memory over as address and length")]

use crate::{Host, Level, Metric, Plugin, Stream, plugin::Answer, stream::Next};
use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, BufferType, ContextType, LogLevel, MapType, MetricType};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root(Rc::default())));
}}

struct Root(Rc<Plugin>);
struct Request(Rc<Plugin>, Stream);
struct Proxy;

// The SDK's own calls of these copy each header, and each path, once more.
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_get_property(path: *const u8, len: usize, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_set_property(path: *const u8, len: usize, data: *const u8, size: usize) -> u32;
}

/// What a call hands over: memory of our own allocator, which the proxy asked for.
fn taken(call: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> Option<Vec<u8>> {
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    if call(&raw mut data, &raw mut size) != 0 {
        return None;
    }
    // SAFETY: the proxy allocated exactly `size` bytes with our `malloc`, and forgets them.
    Some(if data.is_null() || size == 0 { Vec::new() } else { unsafe { Vec::from_raw_parts(data, size, size) } })
}

impl Host for Proxy {
    fn now(&self) -> u64 {
        let since = hostcalls::get_current_time().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        since.and_then(|d| u64::try_from(d.as_nanos()).ok()).unwrap_or(0)
    }
    fn log(&self, level: Level, message: &str) {
        let level = if level == Level::Warn { LogLevel::Warn } else { LogLevel::Info };
        let _ = hostcalls::log(level, message);
    }
    fn property(&self, path: &str) -> Option<Vec<u8>> {
        // SAFETY: `path` is alive during the call.
        taken(|data, size| unsafe { proxy_get_property(path.as_ptr(), path.len(), data, size) })
    }
    fn set_property(&self, name: &str, value: &[u8]) {
        // SAFETY: both are alive during the call, which copies them.
        unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) };
    }
    fn request_headers(&self) -> Option<Vec<u8>> {
        // SAFETY: as `taken` says.
        taken(|data, size| unsafe { proxy_get_header_map_pairs(MapType::HttpRequestHeaders as u32, data, size) })
    }
    fn add_response_header(&self, name: &str, value: &str) {
        let _ = hostcalls::add_map_value(MapType::HttpResponseHeaders, name, value);
    }
    fn respond(&self, status: u32, headers: &[(&str, &str)], body: &[u8]) {
        let _ = hostcalls::send_http_response(status, headers.to_vec(), Some(body));
    }
    fn define(&self, metric: Metric, name: &str) -> Option<u32> {
        let metric = match metric {
            Metric::Counter => MetricType::Counter,
            Metric::Gauge => MetricType::Gauge,
            Metric::Histogram => MetricType::Histogram,
        };
        hostcalls::define_metric(metric, name).ok()
    }
    fn increment(&self, metric: u32) {
        let _ = hostcalls::increment_metric(metric, 1);
    }
    fn record(&self, metric: u32, value: u64) {
        let _ = hostcalls::record_metric(metric, value);
    }
    fn tick_after(&self, milliseconds: u32) {
        let _ = hostcalls::set_tick_period(Duration::from_millis(milliseconds.into()));
    }
    fn get(&self, cluster: &str, headers: &[(&str, &str)], timeout_ms: u32) -> bool {
        hostcalls::dispatch_http_call(cluster, headers.to_vec(), None, Vec::new(), Duration::from_millis(timeout_ms.into())).is_ok()
    }
}

impl Context for Root {
    fn on_http_call_response(&mut self, _token: u32, _headers: usize, body_size: usize, _trailers: usize) {
        let header = |name| hostcalls::get_map_value(MapType::HttpCallResponseHeaders, name).ok().flatten();
        let status = header(":status").and_then(|s| s.parse().ok()).unwrap_or(0);
        let etag = header("etag");
        let answer = Answer { status, etag: etag.as_deref(), size: body_size };
        self.0.answered(&Proxy, answer, || hostcalls::get_buffer(BufferType::HttpCallResponseBody, 0, body_size).ok().flatten());
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let text = hostcalls::get_buffer(BufferType::PluginConfiguration, 0, usize::MAX).ok().flatten();
        self.0.configure(&Proxy, &text.unwrap_or_default());
        true
    }
    fn on_tick(&mut self) {
        self.0.tick(&Proxy);
    }
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Request(Rc::clone(&self.0), Stream::default())))
    }
    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

impl Context for Request {}

impl HttpContext for Request {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        #[cfg(feature = "faults")]
        if matches!(hostcalls::get_map_value(MapType::HttpRequestHeaders, "x-gatescope-fault"), Ok(Some(_))) {
            std::process::abort();
        }
        match self.1.request(&self.0, &Proxy) {
            Next::Continue => Action::Continue,
            Next::Answered => Action::Pause,
        }
    }
    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.1.response(&self.0, &Proxy);
        Action::Continue
    }
    fn on_log(&mut self) {
        self.1.log(&self.0, &Proxy);
    }
}
