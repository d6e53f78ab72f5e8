//! Which page of one document is which page of another.

use crate::pdf::object::ObjectId;
use std::collections::HashSet;

/// A page of the older document and the one of the newer document that stands for it, counted from 0.
pub type Aligned = (Option<usize>, Option<usize>);

/// Each page of both documents once. A page that both have is itself; what was put between the same pages stands for what
/// was there. Where pages changed places, the first page stands for the first.
pub fn align(old: &[ObjectId], new: &[ObjectId]) -> Vec<Aligned> {
    let was: HashSet<&ObjectId> = old.iter().collect();
    let is: HashSet<&ObjectId> = new.iter().collect();
    let in_order = old.iter().filter(|id| is.contains(id)).eq(new.iter().filter(|id| was.contains(id)));
    let (mut left, mut right) = (old.iter().enumerate().peekable(), new.iter().enumerate().peekable());
    let mut all = Vec::new();
    loop {
        let gone = left.next_if(|(_, id)| !in_order || !is.contains(id));
        let come = right.next_if(|(_, id)| !in_order || !was.contains(id));
        let (a, b) = if gone.is_none() && come.is_none() { (left.next(), right.next()) } else { (gone, come) };
        if a.is_none() && b.is_none() {
            return all;
        }
        all.push((a.map(|(at, _)| at), b.map(|(at, _)| at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(old: &[u32], new: &[u32]) -> Vec<Aligned> {
        let ids = |numbers: &[u32]| numbers.iter().map(|n| ObjectId::new(*n)).collect::<Vec<_>>();
        align(&ids(old), &ids(new))
    }

    #[test]
    fn a_page_is_itself_wherever_it_stands() {
        assert_eq!(aligned(&[1, 2], &[1, 2]), [(Some(0), Some(0)), (Some(1), Some(1))]);
        assert_eq!(aligned(&[1, 2], &[9, 1, 2]), [(None, Some(0)), (Some(0), Some(1)), (Some(1), Some(2))]);
        assert_eq!(aligned(&[1, 2, 3], &[1, 3]), [(Some(0), Some(0)), (Some(1), None), (Some(2), Some(1))]);
    }

    #[test]
    fn what_came_in_the_place_of_a_page_stands_for_it() {
        assert_eq!(aligned(&[1, 2, 3], &[1, 9, 3]), [(Some(0), Some(0)), (Some(1), Some(1)), (Some(2), Some(2))]);
        assert_eq!(aligned(&[1, 2], &[8, 9, 2]), [(Some(0), Some(0)), (None, Some(1)), (Some(1), Some(2))]);
    }

    #[test]
    fn pages_that_changed_places_are_compared_in_their_places() {
        assert_eq!(aligned(&[1, 2], &[2, 1]), [(Some(0), Some(0)), (Some(1), Some(1))]);
        assert_eq!(aligned(&[1, 2], &[2, 1, 3]), [(Some(0), Some(0)), (Some(1), Some(1)), (None, Some(2))]);
        assert_eq!(aligned(&[], &[]), []);
    }
}
