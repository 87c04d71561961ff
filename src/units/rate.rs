//! Memory and link bandwidth, and what it makes of an amount of bytes.

use super::{Bytes, Seconds};

super::quantity::quantity!(
    /// A data rate, stored in bytes per second.
    BytesPerSecond, "B/s", {
        /// Bytes per second.
        from_bytes_per_second, as_bytes_per_second = 1.0;
        /// 10^9 bytes per second: the "GB/s" of data sheets.
        from_giga, as_giga = 1e9;
    }
);

impl std::ops::Div<BytesPerSecond> for Bytes {
    type Output = Seconds;
    /// Time to move these bytes once.
    fn div(self, rate: BytesPerSecond) -> Seconds {
        Seconds::from_secs(self.as_f64() / rate.as_bytes_per_second())
    }
}

impl std::ops::Div<Seconds> for Bytes {
    type Output = BytesPerSecond;
    fn div(self, time: Seconds) -> BytesPerSecond {
        BytesPerSecond::from_bytes_per_second(self.as_f64() / time.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_over_bandwidth_is_time() {
        assert_eq!((Bytes::from_gb(8.0) / BytesPerSecond::from_giga(1000.0)).as_millis(), 8.0);
    }
}
