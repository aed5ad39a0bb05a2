//! Keeps the module in memory once it is loaded (`-z nodelete`).
//!
//! The verification library keeps data for each thread and registers a function of its own to free them
//! when the thread ends. If the module could be unloaded before, that function would be gone.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
