//! `aws s3 ls`.

use super::{Door, Fail, Line};
use crate::aws::object::object;
use crate::shell::terminal::Output;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// # Errors
/// What S3 refuses.
pub(super) fn run(door: &mut Door<'_, '_>, line: &Line) -> Result<Output, Fail> {
    let path = line.path(0);
    let path = path.strip_prefix("s3://").unwrap_or(path);
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    let size = |bytes: u64| if line.has("human-readable") { readable(bytes) } else { format!("{bytes}") };
    let mut output = Output::default();
    let (mut count, mut bytes, mut found) = (0, 0, false);
    if bucket.is_empty() {
        for own in door.ask("ListBuckets", object!({}))?["Buckets"].as_array().into_iter().flatten() {
            let name = own["Name"].as_str().unwrap_or_default();
            output.stdout.push_str(&format!("{} {name}\n", moment(&own["CreationDate"])));
        }
    } else {
        let deep = line.has("recursive");
        for page in door.keys(bucket, prefix, deep)? {
            for own in page["CommonPrefixes"].as_array().into_iter().flatten() {
                let whole = own["Prefix"].as_str().unwrap_or_default();
                let name = whole.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                output.stdout.push_str(&format!("{:>30} {name}/\n", "PRE"));
                found = true;
            }
            for own in page["Contents"].as_array().into_iter().flatten() {
                let key = own["Key"].as_str().unwrap_or_default();
                let shown = if deep { key } else { key.rsplit('/').next().unwrap_or_default() };
                let length = own["Size"].as_u64().unwrap_or_default();
                let at = moment(&own["LastModified"]);
                output.stdout.push_str(&format!("{at} {:>10} {shown}\n", size(length)));
                (count, bytes, found) = (count + 1, bytes + length, true);
            }
        }
    }
    if line.has("summarize") {
        output.stdout.push_str(&format!("\nTotal Objects: {count}\n   Total Size: {}\n", size(bytes)));
    }
    // Nothing under a key that was asked for is a failure; an empty bucket is none.
    output.status = u8::from(!prefix.is_empty() && !found);
    Ok(output)
}

fn moment(seconds: &Value) -> String {
    let millis = seconds.as_f64().map_or(0, |own| (own * 1000.0) as i64);
    let c = SimTime::from_millis(millis).civil();
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)
}

/// A size as people read it, in tenths of the largest unit of 1024 that it fills.
fn readable(bytes: u64) -> String {
    if bytes < 1024 {
        return if bytes == 1 { String::from("1 Byte") } else { format!("{bytes} Bytes") };
    }
    let mut unit = 1024;
    for name in ["KiB", "MiB", "GiB"] {
        let tenths = (bytes * 10 + unit / 2) / unit;
        if tenths < 10_240 || name == "GiB" {
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
        unit *= 1024;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_read_them() {
        for (bytes, expected) in [
            (0, "0 Bytes"),
            (1, "1 Byte"),
            (1023, "1023 Bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (5 << 20, "5.0 MiB"),
        ] {
            assert_eq!(readable(bytes), expected);
        }
    }
}
