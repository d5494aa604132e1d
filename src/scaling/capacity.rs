//! How many tasks there is room for: the capacity that a service's counts are held against.

use super::reservation::Amounts;

/// Tasks that are counted at most: of one that asks for nothing any number fits.
pub const MOST: u32 = 100_000;

/// What a task asks of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Its amounts.
    pub needs: Amounts,
    /// Whether no second one fits beside it: distinctInstance, or a fixed host port.
    pub alone: bool,
}

/// How many such tasks instances of one size hold with nothing else on them.
pub fn tasks(ask: &Ask, instances: u32, size: Amounts) -> u32 {
    let fit = ask.needs.fit(size);
    let each = if ask.alone { fit.min(1) } else { fit };
    instances.saturating_mul(each).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scarcest_amount_counts_and_a_task_that_stands_alone_fits_once() {
        let size = Amounts { cpu: 2048, memory: 7764, gpu: 0, interfaces: 2, ports: 95 };
        let of = |cpu, memory, interfaces| Amounts { cpu, memory, interfaces, ..Amounts::default() };
        for (needs, alone, instances, expected) in [
            (of(512, 512, 0), false, 3, 12),
            (of(512, 4000, 0), false, 3, 3),
            (of(512, 512, 1), false, 3, 6),
            (of(512, 512, 0), true, 3, 3),
            (of(4096, 512, 0), true, 3, 0),
            (of(0, 0, 0), false, 3, MOST),
            (of(0, 0, 0), false, 0, 0),
        ] {
            assert_eq!(tasks(&Ask { needs, alone }, instances, size), expected, "{needs:?}");
        }
    }
}
