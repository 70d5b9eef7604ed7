//! Tolerant wire types: JSON in, unknown fields ignored, a wrong type a remark and never a failure.

pub(crate) mod decode;
pub(crate) mod lenient;
pub(crate) mod wire;
