//! How many awsvpc tasks an instance takes: its network interfaces, with and without a trunk (reference 2.1, 2.2).

use super::query::Version;

/// One kind of instance types that carry the same number of interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The types.
    pub types: &'static [&'static str],
    /// Interfaces that the type can carry, the primary one included.
    pub interfaces: u32,
    /// Tasks with trunking; none where the type takes no trunk.
    pub trunk: Option<u32>,
}

const fn row(types: &'static [&'static str], interfaces: u32, trunk: Option<u32>) -> Row {
    Row { types, interfaces, trunk }
}

/// [DG:eni-trunking-supported-instance-types], Oct 2026. From the row of m4 on the trunk's number is a trunk's branches and the
/// interfaces beside the primary one and the trunk, by the limits of VPC's resource controller of March 2026: that sum is the guide's
/// number for the types above. Types that the guide leaves out, as g4dn and inf1, have no row.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(&["t2.micro", "t3.nano", "t3.micro", "t4g.micro"], 2, None),
    row(&["t2.small", "t2.medium", "t2.large", "t3.small", "t3.medium", "t3.large", "t4g.small", "t4g.medium"], 3, None),
    row(&["t3.xlarge", "t3.2xlarge"], 4, None),
    row(&["t8i.nano", "t8i.micro"], 2, Some(2)),
    row(&["t8i.small", "t8i.medium"], 3, Some(4)),
    row(&["a1.medium"], 2, Some(10)),
    row(&["m6g.medium"], 2, Some(4)),
    row(&["m5.large", "m6i.large", "m7i.large", "m8i.large", "c5.large", "c6i.large", "r5.large", "r6i.large"], 3, Some(10)),
    row(&["m5.xlarge", "m6i.xlarge", "m7i.xlarge", "c5.xlarge", "c6i.xlarge", "r5.xlarge", "r6i.xlarge"], 4, Some(20)),
    row(&["m5.2xlarge", "m6i.2xlarge", "m7i.2xlarge", "c5.2xlarge", "c6i.2xlarge", "r5.2xlarge", "r6i.2xlarge"], 4, Some(40)),
    row(&["m5.4xlarge", "m6i.4xlarge", "m7i.4xlarge", "c5.4xlarge", "c6i.4xlarge", "r5.4xlarge", "r6i.4xlarge"], 8, Some(60)),
    row(&["m5.8xlarge", "m5.12xlarge"], 8, Some(60)),
    row(&["m6i.8xlarge"], 8, Some(90)),
    row(&["m6i.12xlarge"], 8, Some(120)),
    row(&["m6i.16xlarge", "m6i.24xlarge", "m6i.32xlarge"], 15, Some(120)),
    row(&["g5.xlarge"], 4, Some(6)),
    row(&["g5.2xlarge"], 4, Some(19)),
    row(&["g5.4xlarge"], 8, Some(40)),
    row(&["p3.2xlarge"], 4, Some(40)),
    row(&["m4.large", "t4g.nano"], 2, None),
    row(&["m7g.medium", "c6g.medium", "c7g.medium", "r6g.medium", "r7g.medium"], 2, Some(4)),
    row(&["t4g.large", "c4.large"], 3, None),
    row(&["m6a.large", "c7i.large", "r7i.large", "m6g.large", "m7g.large", "c6g.large", "c7g.large", "r6g.large", "r7g.large"], 3, Some(10)),
    row(&["t4g.xlarge", "t4g.2xlarge", "c4.2xlarge"], 4, None),
    row(&["m6a.xlarge", "c7i.xlarge", "r7i.xlarge", "m6g.xlarge", "m7g.xlarge", "c6g.xlarge", "c7g.xlarge", "r6g.xlarge", "r7g.xlarge"], 4, Some(20)),
    row(&["inf2.xlarge"], 4, Some(20)),
    row(&["m6a.2xlarge", "c7i.2xlarge", "r7i.2xlarge", "m6g.2xlarge", "m7g.2xlarge", "c6g.2xlarge", "c7g.2xlarge", "r6g.2xlarge", "r7g.2xlarge"], 4, Some(40)),
    row(&["c4.4xlarge", "p3.8xlarge", "p3.16xlarge"], 8, None),
    row(&["m6a.4xlarge", "c7i.4xlarge", "r7i.4xlarge", "m6g.4xlarge", "m7g.4xlarge", "c6g.4xlarge", "c7g.4xlarge", "r6g.4xlarge", "r7g.4xlarge"], 8, Some(60)),
    row(&["g5.8xlarge"], 8, Some(90)),
    row(&["g5.12xlarge"], 15, Some(120)),
    row(&["p4d.24xlarge"], 60, Some(120)),
];

/// Below this version the agent knows no trunks (EN-05).
const TRUNK_AGENT: &str = "1.28.1";
/// The only type whose page takes one task, whatever its interfaces (EN-01, `CONFLICT`).
const ONE_TASK: &str = "p5.48xlarge";

/// What decides at registration whether an instance gets a trunk. It never changes later (EN-04).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration<'a> {
    /// The instance type.
    pub instance_type: &'a str,
    /// Interfaces that the type can carry, for types that are not in [`ROWS`].
    pub interfaces: u32,
    /// `awsvpcTrunking` of the instance role, or by default of the account, at that moment (EN-03, EN-04).
    pub trunking: bool,
    /// Windows takes no trunk (EN-05).
    pub linux: bool,
    /// `agentVersion`.
    pub agent_version: &'a str,
    /// Shared subnets take no trunk (EN-05).
    pub shared_subnet: bool,
}

/// The row of an instance type.
pub fn find(instance_type: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.types.contains(&instance_type))
}

/// Tasks in awsvpc mode that an instance takes from its registration on: all interfaces but the primary one, or with a
/// trunk what the table says (EN-01, EN-03).
pub fn task_limit(registration: &Registration<'_>) -> u32 {
    if registration.instance_type == ONE_TASK {
        return 1;
    }
    let interfaces = find(registration.instance_type).map_or(registration.interfaces, |row| row.interfaces);
    trunk(registration).unwrap_or(interfaces.saturating_sub(1))
}

/// The tasks of its trunk; none for an instance that gets no trunk.
pub fn trunk(registration: &Registration<'_>) -> Option<u32> {
    find(registration.instance_type)?.trunk.filter(|_| may_have_trunk(registration))
}

fn may_have_trunk(registration: &Registration<'_>) -> bool {
    let known = Version::parse(TRUNK_AGENT);
    let new_agent =
        known.and_then(|known| known.compared_to(registration.agent_version)).is_some_and(|order| order.is_le());
    registration.trunking && registration.linux && !registration.shared_subnet && new_agent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux(instance_type: &str, trunking: bool) -> Registration<'_> {
        Registration {
            instance_type,
            interfaces: 3,
            trunking,
            linux: true,
            agent_version: "1.105.1",
            shared_subnet: false,
        }
    }

    /// 2.2, row by row: without a trunk → with the setting on.
    #[test]
    fn en_01_en_03_limits_per_type() {
        for (name, plain, trunk) in [
            ("t3.micro", 1, 1),
            ("t2.large", 2, 2),
            ("t3.2xlarge", 3, 3),
            ("t8i.micro", 1, 2),
            ("t8i.medium", 2, 4),
            ("a1.medium", 1, 10),
            ("m6g.medium", 1, 4),
            ("c5.large", 2, 10),
            ("m5.xlarge", 3, 20),
            ("r6i.2xlarge", 3, 40),
            ("c6i.4xlarge", 7, 60),
            ("m5.12xlarge", 7, 60),
            ("m6i.8xlarge", 7, 90),
            ("m6i.12xlarge", 7, 120),
            ("m6i.32xlarge", 14, 120),
            ("g5.xlarge", 3, 6),
            ("g5.2xlarge", 3, 19),
            ("g5.4xlarge", 7, 40),
            ("p3.2xlarge", 3, 40),
            ("g4dn.xlarge", 2, 2),
            ("p5.48xlarge", 1, 1),
        ] {
            assert_eq!((task_limit(&linux(name, false)), task_limit(&linux(name, true))), (plain, trunk), "{name}");
        }
    }

    #[test]
    fn en_04_en_05_what_a_trunk_needs() {
        let with = |change: fn(&mut Registration<'_>)| {
            let mut registration = linux("m5.large", true);
            change(&mut registration);
            task_limit(&registration)
        };
        assert_eq!(with(|_| {}), 10);
        assert_eq!(with(|registration| registration.trunking = false), 2, "EN-04: off at registration");
        assert_eq!(with(|registration| registration.linux = false), 2);
        assert_eq!(with(|registration| registration.shared_subnet = true), 2);
        assert_eq!(with(|registration| registration.agent_version = "1.28.0"), 2);
        assert_eq!(with(|registration| registration.agent_version = "1.28.1"), 10);
        assert_eq!(with(|registration| registration.agent_version = ""), 2);
    }

    #[test]
    fn no_type_stands_twice() {
        for row in ROWS {
            for name in row.types {
                assert_eq!(find(name), Some(row), "{name}");
            }
        }
    }
}
