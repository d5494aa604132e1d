//! Rebuilds the API tables in `src/aws/model` from the public service models of botocore (Apache-2.0).
//!
//! ```text
//! cargo run --features model --bin model -- <the unpacked package's directory `botocore`>
//! ```
//!
//! The directory holds `__init__.py` (the version) and `data/<service>/<date>/service-2.json`; a model that is still
//! packed as `service-2.json.gz` is unpacked by hand first. Documentation text is dropped. The line format of the
//! tables is described in `src/aws/model/table.rs`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the lab takes over from one service's model.
struct Source {
    /// The service as the command line calls it; also the name of its table.
    service: &'static str,
    /// The operations the lab simulates: only these keep their shapes.
    simulated: &'static [&'static str],
    /// Whether the other operations are kept by name, so that the lab can say that it does not simulate them.
    others_by_name: bool,
    /// Structures of which the lab reads or fills only these members; the others are kept by name.
    cut: &'static [(&'static str, &'static [&'static str])],
}

const SOURCES: &[Source] = &[
    Source {
        service: "ecr",
        simulated: &[
            "BatchCheckLayerAvailability",
            "BatchDeleteImage",
            "BatchGetImage",
            "BatchGetRepositoryScanningConfiguration",
            "CompleteLayerUpload",
            "CreatePullThroughCacheRule",
            "CreateRepository",
            "CreateRepositoryCreationTemplate",
            "DeleteLifecyclePolicy",
            "DeletePullThroughCacheRule",
            "DeleteRegistryPolicy",
            "DeleteRepository",
            "DeleteRepositoryCreationTemplate",
            "DeleteRepositoryPolicy",
            "DeregisterPullTimeUpdateExclusion",
            "DescribeImageReplicationStatus",
            "DescribeImageScanFindings",
            "DescribeImages",
            "DescribePullThroughCacheRules",
            "DescribeRegistry",
            "DescribeRepositories",
            "DescribeRepositoryCreationTemplates",
            "GetAccountSetting",
            "GetAuthorizationToken",
            "GetDownloadUrlForLayer",
            "GetLifecyclePolicy",
            "GetLifecyclePolicyPreview",
            "GetRegistryPolicy",
            "GetRegistryScanningConfiguration",
            "GetRepositoryPolicy",
            "InitiateLayerUpload",
            "ListImageReferrers",
            "ListImages",
            "ListPullTimeUpdateExclusions",
            "ListTagsForResource",
            "PutAccountSetting",
            "PutImage",
            "PutImageScanningConfiguration",
            "PutImageTagMutability",
            "PutLifecyclePolicy",
            "PutRegistryPolicy",
            "PutRegistryScanningConfiguration",
            "PutReplicationConfiguration",
            "RegisterPullTimeUpdateExclusion",
            "SetRepositoryPolicy",
            "StartImageScan",
            "StartLifecyclePolicyPreview",
            "TagResource",
            "UntagResource",
            "UpdateImageStorageClass",
            "UpdatePullThroughCacheRule",
            "UpdateRepositoryCreationTemplate",
            "UploadLayerPart",
            "ValidatePullThroughCacheRule",
        ],
        others_by_name: true,
        cut: &[],
    },
    Source {
        service: "ecs",
        simulated: &[
            "CreateCapacityProvider",
            "CreateCluster",
            "DeleteAccountSetting",
            "DeleteAttributes",
            "DeleteCapacityProvider",
            "DeleteCluster",
            "DeleteTaskDefinitions",
            "DeregisterContainerInstance",
            "DeregisterTaskDefinition",
            "DescribeCapacityProviders",
            "DescribeClusters",
            "DescribeContainerInstances",
            "DescribeTaskDefinition",
            "DescribeTasks",
            "DiscoverPollEndpoint",
            "GetTaskProtection",
            "ListAccountSettings",
            "ListAttributes",
            "ListClusters",
            "ListContainerInstances",
            "ListTagsForResource",
            "ListTaskDefinitionFamilies",
            "ListTaskDefinitions",
            "ListTasks",
            "PutAccountSetting",
            "PutAccountSettingDefault",
            "PutAttributes",
            "PutClusterCapacityProviders",
            "RegisterContainerInstance",
            "RegisterTaskDefinition",
            "RunTask",
            "StartTask",
            "StopTask",
            "TagResource",
            "UntagResource",
            "UpdateCapacityProvider",
            "UpdateCluster",
            "UpdateClusterSettings",
            "UpdateContainerAgent",
            "UpdateContainerInstancesState",
            "UpdateTaskProtection",
        ],
        others_by_name: true,
        cut: &[
            (
                "CapacityProvider",
                &[
                    "autoScalingGroupProvider",
                    "capacityProviderArn",
                    "name",
                    "status",
                    "tags",
                    "type",
                    "updateStatus",
                    "updateStatusReason",
                ],
            ),
            ("CreateCapacityProviderRequest", &["autoScalingGroupProvider", "cluster", "name", "tags"]),
            ("UpdateCapacityProviderRequest", &["autoScalingGroupProvider", "cluster", "name"]),
        ],
    },
    Source {
        service: "ec2",
        simulated: &["DescribeInstances", "RunInstances", "StartInstances", "StopInstances", "TerminateInstances"],
        others_by_name: false,
        cut: &[
            ("DescribeInstancesRequest", &["InstanceIds", "MaxResults", "NextToken"]),
            (
                "Instance",
                &[
                    "IamInstanceProfile",
                    "ImageId",
                    "InstanceId",
                    "InstanceType",
                    "LaunchTime",
                    "Placement",
                    "PrivateDnsName",
                    "PrivateIpAddress",
                    "SecurityGroups",
                    "State",
                    "StateReason",
                    "StateTransitionReason",
                    "SubnetId",
                    "Tags",
                    "VpcId",
                ],
            ),
            ("Placement", &["AvailabilityZone"]),
            (
                "RunInstancesRequest",
                &[
                    "IamInstanceProfile",
                    "ImageId",
                    "InstanceType",
                    "MaxCount",
                    "MinCount",
                    "Placement",
                    "SecurityGroupIds",
                    "SubnetId",
                    "TagSpecifications",
                    "UserData",
                ],
            ),
            ("StartInstancesRequest", &["InstanceIds"]),
            ("StopInstancesRequest", &["InstanceIds"]),
            ("TerminateInstancesRequest", &["InstanceIds"]),
        ],
    },
];

/// A longer list of values (EC2 names well over a thousand instance types) stays out: the service's room knows them.
const LONGEST_ENUM: usize = 64;

fn main() -> ExitCode {
    let Some(package) = std::env::args().nth(1) else {
        eprintln!("usage: cargo run --features model --bin model -- <directory of the unpacked package botocore>");
        return ExitCode::FAILURE;
    };
    match rebuild(Path::new(&package)) {
        Ok(lines) => {
            print!("{lines}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("model: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn rebuild(package: &Path) -> Result<String, String> {
    let version = version(package)?;
    let mut report = String::new();
    for source in SOURCES {
        let folder = newest(&package.join("data").join(source.service))?;
        let model = read(&folder.join("service-2.json"))?;
        let pages = read(&folder.join("paginators-1.json"))?;
        let text = Table { source, model: &model, pages: &pages }.write(&version)?;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/aws/model/{}.txt", source.service));
        std::fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        let _ = writeln!(report, "{}.txt: {} bytes, {} lines", source.service, text.len(), text.lines().count());
    }
    Ok(report)
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn version(package: &Path) -> Result<String, String> {
    let path = package.join("__init__.py");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "));
    line.map(|value| value.trim_matches(['\'', '"']).to_string())
        .ok_or_else(|| format!("{}: has no __version__ line", path.display()))
}

/// The folder of the newest API date.
fn newest(service: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(service).map_err(|error| format!("{}: {error}", service.display()))?;
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir());
    folders.max().ok_or_else(|| format!("{}: holds no API date", service.display()))
}

struct Table<'a> {
    source: &'a Source,
    model: &'a Value,
    pages: &'a Value,
}

impl Table<'_> {
    fn write(&self, version: &str) -> Result<String, String> {
        let metadata = &self.model["metadata"];
        let mut out = format!(
            "# Derived from the {0} service model of botocore {version}, Copyright Amazon.com, Inc. or its affiliates, \
             licensed under Apache-2.0.\n# Made by the binary `model` (src/bin/model.rs): do not edit.\n\
             service {0} {1} {2}\n",
            self.source.service,
            word(&metadata["apiVersion"])?,
            word(&metadata["protocol"])?,
        );
        let operations = self.model["operations"].as_object().ok_or("the model has no operations")?;
        if self.source.others_by_name {
            let others = operations.keys().filter(|name| !self.source.simulated.contains(&name.as_str()));
            let names: BTreeSet<&str> = others.map(String::as_str).collect();
            let _ = writeln!(out, "known {}", names.into_iter().collect::<Vec<_>>().join(" "));
        }
        let mut shapes = BTreeMap::new();
        for name in self.source.simulated {
            let operation = operations.get(*name).ok_or_else(|| format!("no operation {name}"))?;
            let _ = write!(out, "op {name}");
            for side in ["input", "output"] {
                match operation[side]["shape"].as_str() {
                    Some(shape) => {
                        let _ = write!(out, " {}", self.shape(shape, &mut shapes)?);
                    }
                    None => out.push_str(" -"),
                }
            }
            let errors = operation["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
            let names = errors.iter().map(|error| word(&error["shape"])).collect::<Result<BTreeSet<_>, _>>()?;
            for error in names {
                let _ = write!(out, " {error}");
            }
            out.push('\n');
            let page = &self.pages["pagination"][*name];
            if page.is_object() {
                let words = ["input_token", "output_token", "limit_key", "result_key"]
                    .map(|key| word(page[key].get(0).unwrap_or(&page[key])));
                let _ = write!(out, "page {name}");
                for text in words {
                    let _ = write!(out, " {}", text?);
                }
                out.push('\n');
            }
        }
        for line in shapes.values() {
            out.push_str(line);
            out.push('\n');
        }
        Ok(out)
    }

    /// The word a shape is referred to by; writes its line, and those of the shapes below it, once.
    fn shape(&self, name: &str, lines: &mut BTreeMap<String, String>) -> Result<String, String> {
        let shape = &self.model["shapes"][name];
        let limits = limits(shape)?;
        let scalar = match shape["type"].as_str().ok_or_else(|| format!("no shape {name}"))? {
            "structure" => return self.structure(name, shape, lines),
            "list" => {
                self.once(name, lines, |table, lines| {
                    let item = table.shape(word(&shape["member"]["shape"])?, lines)?;
                    Ok(format!("list {name} {item}{limits}"))
                })?;
                return Ok(name.to_string());
            }
            "map" => {
                self.once(name, lines, |table, lines| {
                    let key = table.shape(word(&shape["key"]["shape"])?, lines)?;
                    let value = table.shape(word(&shape["value"]["shape"])?, lines)?;
                    Ok(format!("map {name} {key} {value}{limits}"))
                })?;
                return Ok(name.to_string());
            }
            "string" => "str",
            "integer" => "int",
            "long" => "long",
            "boolean" => "bool",
            "float" | "double" => "double",
            "timestamp" => "time",
            "blob" => "blob",
            other => return Err(format!("{name}: the type {other} has no word in the tables")),
        };
        let allowed = shape["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
        let line = if !allowed.is_empty() && allowed.len() <= LONGEST_ENUM {
            let words = allowed.iter().map(word).collect::<Result<Vec<_>, _>>()?;
            format!("enum {name} {}", words.join(" "))
        } else if let Some(pattern) = shape["pattern"].as_str() {
            format!("{scalar} {name}{limits} /{pattern}")
        } else if limits.is_empty() {
            return Ok(scalar.to_string());
        } else {
            format!("{scalar} {name}{limits}")
        };
        lines.insert(name.to_string(), line);
        Ok(name.to_string())
    }

    fn structure(&self, name: &str, shape: &Value, lines: &mut BTreeMap<String, String>) -> Result<String, String> {
        self.once(name, lines, |table, lines| {
            let required = shape["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let cut = table.source.cut.iter().find(|(structure, _)| *structure == name).map(|(_, members)| *members);
            let word = if shape["union"] == true { "union" } else { "struct" };
            let mut line = format!("{word} {name}");
            for (member, reference) in shape["members"].as_object().into_iter().flatten() {
                let kind = match cut {
                    Some(kept) if !kept.contains(&member.as_str()) => "-".to_string(),
                    _ => table.shape(self::word(&reference["shape"])?, lines)?,
                };
                let must = if required.iter().any(|name| name == member.as_str()) { "!" } else { "" };
                let token = if reference["idempotencyToken"] == true { "*" } else { "" };
                let old = if reference["deprecated"] == true { "~" } else { "" };
                let _ = write!(line, " {member}{must}{token}{old}:{kind}");
            }
            Ok(line)
        })?;
        Ok(name.to_string())
    }

    /// Marks the name before its line is made, so that a shape may contain itself.
    fn once(
        &self,
        name: &str,
        lines: &mut BTreeMap<String, String>,
        line: impl FnOnce(&Self, &mut BTreeMap<String, String>) -> Result<String, String>,
    ) -> Result<(), String> {
        if lines.contains_key(name) {
            return Ok(());
        }
        lines.insert(name.to_string(), String::new());
        let text = line(self, lines)?;
        lines.insert(name.to_string(), text);
        Ok(())
    }
}

/// ` min..max` with either end left out, or nothing.
fn limits(shape: &Value) -> Result<String, String> {
    let end = |key: &str| match &shape[key] {
        Value::Null => Ok(String::new()),
        number => number.as_i64().map(|n| n.to_string()).ok_or(format!("a {key} of {number} is no whole number")),
    };
    let (min, max) = (end("min")?, end("max")?);
    Ok(if min.is_empty() && max.is_empty() { String::new() } else { format!(" {min}..{max}") })
}

/// A name or value of the model, which the tables separate by spaces.
fn word(value: &Value) -> Result<&str, String> {
    let text = value.as_str().ok_or_else(|| format!("{value} is no text"))?;
    let plain = !text.is_empty() && !text.contains(char::is_whitespace);
    plain.then_some(text).ok_or_else(|| format!("{text:?} is no single word"))
}
