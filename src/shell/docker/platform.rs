//! Platforms as builders and registries name them: `OS/ARCHITECTURE[/VARIANT]`.

use crate::ecr::docker::PLATFORMS;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// The combinations that Go, and so docker, knows of the systems that images are made for.
const KNOWN: [(&str, &str); 2] = [
    ("linux", " 386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x "),
    ("windows", " 386 amd64 arm arm64 "),
];

/// A platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Platform {
    pub(super) os: String,
    pub(super) architecture: String,
    pub(super) variant: String,
}

impl Platform {
    /// Reads one; an architecture alone is one of Linux.
    ///
    /// # Errors
    /// What docker says of one that it does not know.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let parts: alloc::vec::Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match *parts.as_slice() {
            [architecture] => ("linux", architecture, ""),
            [os, architecture] => (os, architecture, ""),
            [os, architecture, variant] => (os, architecture, variant),
            _ => {
                return Err(format!(
                    "\"{text}\": invalid platform: unknown operating system or architecture: invalid argument"
                ));
            }
        };
        let (architecture, variant) = match (architecture, variant) {
            ("x86_64" | "x86-64", variant) => ("amd64", variant),
            ("aarch64", "" | "v8" | "8") | ("arm64", "v8" | "8") => ("arm64", ""),
            ("aarch64", variant) => ("arm64", variant),
            own => own,
        };
        if !is_known(os, architecture) {
            return Err(format!("\"{text}\": unknown operating system or architecture: invalid argument"));
        }
        Ok(Self { os: os.to_string(), architecture: architecture.to_string(), variant: variant.to_string() })
    }

    /// With its variant, where it has one.
    pub(super) fn name(&self) -> String {
        let Self { os, architecture, variant } = self;
        if variant.is_empty() { format!("{os}/{architecture}") } else { format!("{os}/{architecture}/{variant}") }
    }
}

/// Whether docker knows a combination.
pub(super) fn is_known(os: &str, architecture: &str) -> bool {
    KNOWN.iter().any(|(own, all)| *own == os && all.contains(&format!(" {architecture} ")))
}

/// Whether the lab builds images for it.
pub(super) fn is_built(platform: &str) -> bool {
    PLATFORMS.contains(&platform)
}

/// The platform of an index's entry; empty where it has none.
pub(super) fn of(entry: &Value) -> String {
    let part = |name: &str| entry["platform"][name].as_str();
    match (part("os"), part("architecture"), part("variant")) {
        (Some(os), Some(architecture), Some(variant)) if !variant.is_empty() => {
            format!("{os}/{architecture}/{variant}")
        }
        (Some(os), Some(architecture), _) => format!("{os}/{architecture}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_read_as_docker_reads_them() {
        for (text, expected) in [
            ("linux/amd64", Ok("linux/amd64")),
            ("arm64", Ok("linux/arm64")),
            ("linux/arm64/v8", Ok("linux/arm64")),
            ("linux/aarch64", Ok("linux/arm64")),
            ("linux/x86_64", Ok("linux/amd64")),
            ("linux/arm/v7", Ok("linux/arm/v7")),
            ("windows/amd64", Ok("windows/amd64")),
            ("linux/vax", Err("\"linux/vax\": unknown operating system or architecture: invalid argument")),
            ("beos/amd64", Err("\"beos/amd64\": unknown operating system or architecture: invalid argument")),
        ] {
            let found = Platform::read(text).map(|own| own.name());
            assert_eq!(found, expected.map(ToString::to_string).map_err(ToString::to_string), "{text}");
        }
    }
}
