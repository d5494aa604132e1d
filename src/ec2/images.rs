//! The ECS-optimized images of the lab, by made-up ids. RunInstances takes any other id too, and what it starts is an
//! ECS-optimized Amazon Linux of the instance type's architecture. It also takes `resolve:ssm:` with AWS's public
//! parameter of an image, as `…/Windows_Server-2022-English-Core-ECS_Optimized/image_id`.
//!
//! | id | image |
//! |---|---|
//! | `ami-0ec51ab0000000001`, `…02` | Amazon Linux 2023, x86_64 and arm64 |
//! | `ami-0ec51ab0000000003`, `…04` | Amazon Linux 2, x86_64 and arm64 |
//! | `ami-0ec51ab0000000011`, `…12` | Windows Server 2019 Core and Full |
//! | `ami-0ec51ab0000000013`, `…14` | Windows Server 2022 Core and Full |
//! | `ami-0ec51ab0000000015`, `…16` | Windows Server 2025 Core and Full |
//! | `ami-0ec51ab0000000031`, `…32` | Bottlerocket `aws-ecs-2`, x86_64 and arm64 |
//! | `ami-0ec51ab0000000033`, `…34` | the same, `aws-ecs-2-nvidia` |
//! | `ami-0ec51ab0000000035`, `…36` | the same, `aws-ecs-1` |
//! | `ami-0ec51ab0000000037`, `…38` | the same, `aws-ecs-1-nvidia` |
//! | `ami-0ec51ab0000000021`, `…22` | plain Amazon Linux 2023, x86_64 and arm64, without the ECS agent |

use super::catalogue::Architecture::{self, Arm64, X86_64};
use alloc::vec::Vec;

/// One image.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: &'static str,
    /// The attribute `ecs.os-family` of its instances (AT-01).
    pub os_family: &'static str,
    /// The architecture that it runs on.
    pub architecture: Architecture,
    /// Whether the ECS agent is installed.
    pub has_agent: bool,
    /// Whether it is Amazon Linux 2, not 2023.
    pub is_linux_2: bool,
    /// The variant of Bottlerocket; empty for another system.
    pub variant: &'static str,
}

impl Image {
    /// Year and edition, `Core` or `Full`, of Windows Server; none for Linux.
    pub fn windows(&self) -> Option<(&'static str, &'static str)> {
        let (year, kind) = self.os_family.strip_prefix("WINDOWS_SERVER_")?.split_once('_')?;
        Some((year, if kind == "CORE" { "Core" } else { "Full" }))
    }
}

/// The name of the root volume's device in the images of Windows, or of Linux.
pub(super) fn root_device(is_windows: bool) -> &'static str {
    if is_windows { "/dev/sda1" } else { "/dev/xvda" }
}

/// The version of the lab's images of Bottlerocket.
pub const BOTTLEROCKET: &str = "1.51.0";

/// The attribute `ecs.os-family` of Linux.
pub const LINUX: &str = "LINUX";

const fn image(id: &'static str, os_family: &'static str, architecture: Architecture) -> Image {
    Image { id, os_family, architecture, has_agent: true, is_linux_2: false, variant: "" }
}

const fn bottlerocket(id: &'static str, architecture: Architecture, variant: &'static str) -> Image {
    Image { variant, ..image(id, LINUX, architecture) }
}

/// The images; the first of an architecture is what an instance starts from when its request names none.
pub const IMAGES: &[Image] = &[
    image("ami-0ec51ab0000000001", "LINUX", X86_64),
    image("ami-0ec51ab0000000002", "LINUX", Arm64),
    Image { is_linux_2: true, ..image("ami-0ec51ab0000000003", "LINUX", X86_64) },
    Image { is_linux_2: true, ..image("ami-0ec51ab0000000004", "LINUX", Arm64) },
    image("ami-0ec51ab0000000011", "WINDOWS_SERVER_2019_CORE", X86_64),
    image("ami-0ec51ab0000000012", "WINDOWS_SERVER_2019_FULL", X86_64),
    image("ami-0ec51ab0000000013", "WINDOWS_SERVER_2022_CORE", X86_64),
    image("ami-0ec51ab0000000014", "WINDOWS_SERVER_2022_FULL", X86_64),
    image("ami-0ec51ab0000000015", "WINDOWS_SERVER_2025_CORE", X86_64),
    image("ami-0ec51ab0000000016", "WINDOWS_SERVER_2025_FULL", X86_64),
    Image { has_agent: false, ..image("ami-0ec51ab0000000021", "LINUX", X86_64) },
    Image { has_agent: false, ..image("ami-0ec51ab0000000022", "LINUX", Arm64) },
    bottlerocket("ami-0ec51ab0000000031", X86_64, "aws-ecs-2"),
    bottlerocket("ami-0ec51ab0000000032", Arm64, "aws-ecs-2"),
    bottlerocket("ami-0ec51ab0000000033", X86_64, "aws-ecs-2-nvidia"),
    bottlerocket("ami-0ec51ab0000000034", Arm64, "aws-ecs-2-nvidia"),
    bottlerocket("ami-0ec51ab0000000035", X86_64, "aws-ecs-1"),
    bottlerocket("ami-0ec51ab0000000036", Arm64, "aws-ecs-1"),
    bottlerocket("ami-0ec51ab0000000037", X86_64, "aws-ecs-1-nvidia"),
    bottlerocket("ami-0ec51ab0000000038", Arm64, "aws-ecs-1-nvidia"),
];

/// An image by id.
pub fn find(id: &str) -> Option<&'static Image> {
    IMAGES.iter().find(|image| image.id == id)
}

/// The id that a request's `ImageId` stands for: itself, or what its public parameter resolves to.
pub fn resolve(named: &str, architecture: Architecture) -> &str {
    let Some(parameter) = named.strip_prefix("resolve:ssm:") else { return named };
    if parameter.contains("ami-amazon-linux-latest") {
        let plain = IMAGES.iter().find(|image| image.architecture == architecture && !image.has_agent);
        return plain.map_or("", |image| image.id);
    }
    let words: Vec<&str> = parameter.split('/').collect();
    let named = |image: &&Image| {
        !image.variant.is_empty() && words.contains(&image.variant) && words.contains(&image.architecture.name())
    };
    if let Some(own) = IMAGES.iter().find(named) {
        return own.id;
    }
    if words.contains(&"amazon-linux-2") {
        return optimized(architecture, true);
    }
    let of_windows = IMAGES.iter().find(|image| {
        let Some((year, kind)) = image.windows() else { return false };
        let mut words = parameter.split(['/', '-', '_']);
        words.any(|word| word == year) && words.any(|word| word.eq_ignore_ascii_case(kind))
    });
    of_windows.map_or(default_for(architecture), |image| image.id)
}

/// The image of a request that names none.
pub fn default_for(architecture: Architecture) -> &'static str {
    optimized(architecture, false)
}

/// The ECS-optimized Amazon Linux 2, or 2023, of an architecture.
pub(super) fn optimized(architecture: Architecture, is_linux_2: bool) -> &'static str {
    let fits = |own: &&Image| {
        own.architecture == architecture && own.has_agent && own.is_linux_2 == is_linux_2 && own.variant.is_empty()
    };
    IMAGES.iter().find(fits).map_or("", |image| image.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_parameters_resolve() {
        let linux = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";
        let second = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id";
        let windows =
            "resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-ECS_Optimized/image_id";
        let rocket = "resolve:ssm:/aws/service/bottlerocket/aws-ecs-2-nvidia/arm64/latest/image_id";
        let plain = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
        for (named, architecture, id) in [
            (plain, X86_64, "ami-0ec51ab0000000021"),
            (rocket, Arm64, "ami-0ec51ab0000000034"),
            (rocket, X86_64, "ami-0ec51ab0000000034"),
            ("ami-12345678", X86_64, "ami-12345678"),
            (linux, X86_64, "ami-0ec51ab0000000001"),
            (linux, Arm64, "ami-0ec51ab0000000002"),
            (second, X86_64, "ami-0ec51ab0000000003"),
            (second, Arm64, "ami-0ec51ab0000000004"),
            (windows, X86_64, "ami-0ec51ab0000000014"),
            (windows, Arm64, "ami-0ec51ab0000000014"),
        ] {
            assert_eq!(resolve(named, architecture), id, "{named}");
        }
        for image in IMAGES {
            assert_eq!(find(image.id), Some(image), "{} stands once", image.id);
        }
    }
}
