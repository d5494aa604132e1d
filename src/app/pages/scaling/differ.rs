//! Service scaling and cluster scaling side by side (`scaling-ecr-iam-cli.md` 2.13).

use crate::app::parts::{TableProps, table};
use yew::prelude::*;

/// What is asked, then the answer for a service and for a cluster.
const ROWS: [[&str; 3]; 12] = [
    [
        "What it moves",
        "the desired count of a service, by UpdateService",
        "the desired capacity of an Auto Scaling group",
    ],
    [
        "Who sets it up",
        "register-scalable-target and put-scaling-policy of application-autoscaling",
        "managedScaling of a capacity provider; ECS makes the policy",
    ],
    [
        "What it looks at",
        "CPU or memory of what the tasks reserve, requests per target, or a metric of one's own",
        "CapacityProviderReservation: M instances needed of N that are there, in percent",
    ],
    ["How it counts", "ceil(running × metric / target)", "ceil(M × 100 / target capacity)"],
    ["Out, when", "3 of 3 datapoints above the target", "1 datapoint above the target"],
    ["In, when", "15 of 15 datapoints below 0.9 × the target", "15 datapoints below the target"],
    ["In, how far", "at once to what the formula says", "less than half of the instances a minute, at least one"],
    [
        "What holds out back",
        "the scale-out cooldown, unless more is wanted than was asked for",
        "an instance that is still warming up",
    ],
    [
        "What holds in back",
        "the cooldowns, a deployment in progress, disableScaleIn, another policy",
        "15 minutes after the last scale-out; protected instances stay",
    ],
    ["Bounds", "MinCapacity and MaxCapacity of the target", "MinSize and MaxSize of the group, and the step sizes"],
    [
        "From zero",
        "one datapoint above the target adds one task",
        "a waiting task makes the reservation 200: two instances",
    ],
    [
        "When there is no room",
        "the count stays raised and tasks wait or find no place: it never adds instances",
        "tasks in PROVISIONING are what it adds instances for",
    ],
];

const SAME: &str = "The same in both: target tracking on a metric of one minute, the largest of what is wanted, quick out and slow in, and an upper and a lower bound that nothing crosses.";

/// The table.
pub fn differ() -> Html {
    let row =
        |[what, service, cluster]: &[&'static str; 3]| vec![html! { *what }, html! { *service }, html! { *cluster }];
    let head = vec!["Question", "Service scaling", "Cluster scaling"];
    let caption = "What differs between service scaling and cluster scaling";
    html! {
        <section class="stack" aria-labelledby="differ-title">
            <h2 id="differ-title">{ "Two scalers, side by side" }</h2>
            <p>{ SAME }</p>
            { table(&TableProps { caption: caption.into(), head, rows: ROWS.iter().map(row).collect(), testid: "differ-table".into() }) }
        </section>
    }
}
