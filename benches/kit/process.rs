//! What this process has used so far: memory and processor time.

/// Lets the kernel forget the peak so far.
pub fn forget_peak() {
    // Where /proc cannot be written the peak only includes the preparations.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Most memory this process had resident since [`forget_peak`], in MiB.
pub fn peak_mib() -> f64 {
    status_kib("VmHWM:") / 1024.0
}

fn status_kib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN)
}

/// Seconds of processor time this process has used.
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(") ").next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    // utime and stime, in the hundredths of a second that Linux always shows.
    (ticks(11) + ticks(12)) / 100.0
}
