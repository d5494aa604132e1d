//! Volumes, mount points, ephemeral storage (VO-01, VO-02, VO-05, VO-06, VO-08).

use super::Findings;
use super::identity::is_name;
use crate::ecs::taskdef::read::{filled, flag, has, int, list, member, text};
use crate::ecs::taskdef::view::{View, at_launch, name_of};
use crate::sim::sorted::Set;
use alloc::format;
use serde_json::Value;

/// The configurations that a volume has one of; none means a bind mount (VO-01).
pub(super) const KINDS: [&str; 5] = [
    "host",
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration",
];

pub(super) fn check(view: &View, out: &mut Findings) {
    let mut names = Set::new();
    let mut launched = 0;
    for (path, volume) in view.each_volume() {
        let name = name_of(volume);
        if !is_name(name) {
            let message = "A volume's name has 1 to 255 letters, digits, _ and -.";
            out.add_ours(format!("{path}.name"), message);
        } else if !names.insert(name) {
            out.add_ours(format!("{path}.name"), format!("Volume name '{name}' is used more than once."));
        }
        let given = KINDS.iter().filter(|kind| has(volume, kind)).count() + usize::from(at_launch(volume));
        if given > 1 {
            out.add_ours(path.clone(), format!("Volume '{name}' has more than one configuration."));
        }
        if at_launch(volume) {
            launched += 1;
            if launched > 1 {
                let message = "A task definition has at most one volume that is configured at launch.";
                out.add_ours(format!("{path}.configuredAtLaunch"), message);
            }
        }
        efs(&path, volume, out);
        docker(&path, volume, out);
    }
    mounts(view, out);
    ephemeral(view, out);
}

/// VO-06.
fn efs(path: &str, volume: &Value, out: &mut Findings) {
    let Some(efs) = member(volume, "efsVolumeConfiguration") else { return };
    let at = format!("{path}.efsVolumeConfiguration");
    let access = member(efs, "authorizationConfig").unwrap_or(&Value::Null);
    let encrypted = text(efs, "transitEncryption") == Some("ENABLED");
    if !filled(efs, "fileSystemId") {
        out.add_ours(format!("{at}.fileSystemId"), "An EFS volume needs a file system id.");
    }
    if text(access, "iam") == Some("ENABLED") && !encrypted {
        let message = "EFS IAM authorization requires TransitEncryption to be enabled.";
        out.add(format!("{at}.transitEncryption"), message);
    }
    if has(efs, "transitEncryptionPort") && !encrypted {
        let message = "TransitEncryptionPort requires that TransitEncryption is enabled.";
        out.add(format!("{at}.transitEncryptionPort"), message);
    }
    if filled(access, "accessPointId") && !matches!(text(efs, "rootDirectory"), None | Some("" | "/")) {
        let message = "When using an EFS access point, the root directory must either be set to \"/\" or be omitted.";
        out.add(format!("{at}.rootDirectory"), message);
    }
}

/// Reference 3.10: autoprovision only for the shared scope.
fn docker(path: &str, volume: &Value, out: &mut Findings) {
    let Some(docker) = member(volume, "dockerVolumeConfiguration") else { return };
    if flag(docker, "autoprovision") && text(docker, "scope") != Some("shared") {
        let message = "A Docker volume is autoprovisioned only when its scope is shared.";
        out.add_ours(format!("{path}.dockerVolumeConfiguration.autoprovision"), message);
    }
}

fn mounts(view: &View, out: &mut Findings) {
    let known: Set<&str> = view.volumes.iter().map(name_of).collect();
    let mut used = Set::new();
    for (path, container) in view.each() {
        for (index, mount) in list(container, "mountPoints").iter().enumerate() {
            let Some(source) = text(mount, "sourceVolume") else { continue };
            used.insert(source);
            if !known.contains(source) {
                let at = format!("{path}.mountPoints[{index}].sourceVolume");
                out.add(at, format!("Unknown volume '{source}'."));
            }
        }
    }
    for (path, volume) in view.each_volume() {
        let name = name_of(volume);
        if at_launch(volume) && !used.contains(name) {
            let message = format!("Volumes [{name}] are not referenced by any of the containers");
            out.add(format!("{path}.name"), message);
        }
    }
}

/// VO-08.
fn ephemeral(view: &View, out: &mut Findings) {
    let Some(storage) = member(view.root, "ephemeralStorage") else { return };
    let message = match int(storage, "sizeInGiB") {
        Some(21..=200) => return,
        Some(201..) => "EphemeralStorage size should be at most 200",
        _ => "EphemeralStorage size should be at least 21",
    };
    out.add("ephemeralStorage.sizeInGiB", message);
}
