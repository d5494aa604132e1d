//! The releases of Windows that hosts and container images have (8.2): a container shares the kernel of its host, so its
//! base has to be of the host's release.

/// What a release is called in `operatingSystemFamily`, the words of tags that mean it, and its builds.
struct Row {
    family: &'static str,
    tags: [&'static str; 2],
    platform: &'static str,
}

const fn row(family: &'static str, tags: [&'static str; 2], platform: &'static str) -> Row {
    Row { family, tags, platform }
}

/// From the oldest on.
#[rustfmt::skip]
const ROWS: [Row; 6] = [
    row("2016", ["ltsc2016", "1607"], "windows/amd64 10.0.14393"),
    row("2019", ["ltsc2019", "1809"], "windows/amd64 10.0.17763"),
    row("2004", ["2004", "19041"], "windows/amd64 10.0.19041"),
    row("20H2", ["20H2", "19042"], "windows/amd64 10.0.19042"),
    row("2022", ["ltsc2022", "20348"], "windows/amd64 10.0.20348"),
    row("2025", ["ltsc2025", "26100"], "windows/amd64 10.0.26100"),
];

/// A release of Windows Server; the newer one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(usize);

impl Release {
    /// From an `operatingSystemFamily` or an `ecs.os-family`, such as `WINDOWS_SERVER_2022_CORE`.
    pub fn of_family(family: &str) -> Option<Self> {
        let year = family.strip_prefix("WINDOWS_SERVER_")?.split('_').next()?;
        ROWS.iter().position(|row| row.family == year).map(Self)
    }

    /// From one word of a tag, such as `ltsc2022`.
    pub fn of_tag(word: &str) -> Option<Self> {
        ROWS.iter().position(|row| row.tags.iter().any(|own| own.eq_ignore_ascii_case(word))).map(Self)
    }

    /// As Docker names the platform of a host of this release.
    pub fn platform(self) -> &'static str {
        ROWS.get(self.0).map_or("windows/amd64", |row| row.platform)
    }

    /// Whether the kernel of this release runs a container of another one: of its own, and Windows Server 2025 those of
    /// 2022 too.
    pub fn runs(self, image: Self) -> bool {
        let relaxed = (Self::of_tag("ltsc2025"), Self::of_tag("ltsc2022"));
        self == image || (Some(self), Some(image)) == relaxed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_on_which_release() {
        for (host, tag, older, runs) in [
            ("WINDOWS_SERVER_2019_CORE", "ltsc2019", false, true),
            ("WINDOWS_SERVER_2019_FULL", "1809", false, true),
            ("WINDOWS_SERVER_2019_FULL", "LTSC2022", false, false),
            ("WINDOWS_SERVER_2022_CORE", "ltsc2019", true, false),
            ("WINDOWS_SERVER_20H2_CORE", "20h2", false, true),
            ("WINDOWS_SERVER_2025_CORE", "ltsc2022", true, true),
            ("WINDOWS_SERVER_2025_CORE", "ltsc2019", true, false),
        ] {
            let (host, image) = (Release::of_family(host).unwrap(), Release::of_tag(tag).unwrap());
            assert_eq!((image < host, host.runs(image)), (older, runs), "{tag} on {}", host.platform());
        }
        assert_eq!(Release::of_family("LINUX"), None);
        assert_eq!(Release::of_tag("latest"), None);
    }
}
