//! jemalloc on Linux: what was freed goes back to the system, and the static binary does not depend on musl's.

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Read by the allocator before `main`. One arena, so that what one thread gives back is of use to the others: the hub does
/// nearly all the work, and nobody waits for it.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the symbol's name and type are those that jemalloc documents")]
// SAFETY: no other symbol has this name; it is a pointer to text that ends with NUL and never changes.
#[unsafe(export_name = "_rjem_malloc_conf")]
static CONFIGURATION: &std::ffi::c_char = {
    const TEXT: &std::ffi::CStr = c"narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0";
    // SAFETY: it is a pointer to a `c_char`.
    unsafe { &*TEXT.as_ptr() }
};

/// Gives free memory back at once. What is freed goes back by itself within a second or so of work; where there is none, later.
pub(crate) fn give_back() {
    #[cfg(target_os = "linux")]
    #[expect(unsafe_code, reason = "a control that takes and gives nothing")]
    // SAFETY: the name ends with NUL, and this control (of all arenas: 4096) reads and writes through none of the pointers.
    unsafe {
        tikv_jemalloc_sys::mallctl(c"arena.4096.purge".as_ptr(), std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut(), 0);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    #[expect(unsafe_code, reason = "reads a setting")]
    fn the_configuration_is_heeded() {
        let (mut arenas, mut size) = (0_u32, size_of::<u32>());
        // SAFETY: `opt.narenas` is an unsigned int.
        let code = unsafe { tikv_jemalloc_sys::mallctl(c"opt.narenas".as_ptr(), (&raw mut arenas).cast(), &raw mut size, std::ptr::null_mut(), 0) };
        assert_eq!((code, arenas), (0, 1));
        super::give_back();
    }
}
