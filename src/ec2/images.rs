//! The ECS-optimized images of the lab, by made-up ids. RunInstances takes any other id too, and what it starts is an
//! ECS-optimized Amazon Linux of the instance type's architecture.
//!
//! | id | image |
//! |---|---|
//! | `ami-0ec51ab0000000001`, `…02` | Amazon Linux 2023, x86_64 and arm64 |
//! | `ami-0ec51ab0000000011`, `…12` | Windows Server 2019 Core and Full |
//! | `ami-0ec51ab0000000013`, `…14` | Windows Server 2022 Core and Full |
//! | `ami-0ec51ab0000000015`, `…16` | Windows Server 2025 Core and Full |

use super::catalogue::Architecture::{self, Arm64, X86_64};

/// One image.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// Its id.
    pub id: &'static str,
    /// The attribute `ecs.os-family` of its instances (AT-01).
    pub os_family: &'static str,
    /// The architecture that it runs on.
    pub architecture: Architecture,
}

const fn image(id: &'static str, os_family: &'static str, architecture: Architecture) -> Image {
    Image { id, os_family, architecture }
}

/// The images; the first of an architecture is what an instance starts from when its request names none.
pub const IMAGES: &[Image] = &[
    image("ami-0ec51ab0000000001", "LINUX", X86_64),
    image("ami-0ec51ab0000000002", "LINUX", Arm64),
    image("ami-0ec51ab0000000011", "WINDOWS_SERVER_2019_CORE", X86_64),
    image("ami-0ec51ab0000000012", "WINDOWS_SERVER_2019_FULL", X86_64),
    image("ami-0ec51ab0000000013", "WINDOWS_SERVER_2022_CORE", X86_64),
    image("ami-0ec51ab0000000014", "WINDOWS_SERVER_2022_FULL", X86_64),
    image("ami-0ec51ab0000000015", "WINDOWS_SERVER_2025_CORE", X86_64),
    image("ami-0ec51ab0000000016", "WINDOWS_SERVER_2025_FULL", X86_64),
];

/// An image by id.
pub fn find(id: &str) -> Option<&'static Image> {
    IMAGES.iter().find(|image| image.id == id)
}

/// The image of a request that names none.
pub fn default_for(architecture: Architecture) -> &'static str {
    IMAGES.iter().find(|image| image.architecture == architecture).map_or("", |image| image.id)
}
