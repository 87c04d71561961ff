//! Lists inside catalog files, bounded while they are read: a text of a few bytes an item would else become many times its
//! own size in memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

/// Reads a list of at most `MOST` items; for `deserialize_with`.
///
/// # Errors
/// A longer list, and what is none.
pub(super) fn at_most<'de, const MOST: usize, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct List<const MOST: usize, T>(PhantomData<T>);
    impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for List<MOST, T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MOST}")
        }

        fn visit_seq<S: SeqAccess<'de>>(self, mut from: S) -> Result<Vec<T>, S::Error> {
            let mut all = Vec::new();
            while let Some(one) = from.next_element()? {
                if all.len() == MOST {
                    return Err(S::Error::custom(format!("more than {MOST} in one list: leave some out")));
                }
                all.push(one);
            }
            Ok(all)
        }
    }
    from.deserialize_seq(List::<MOST, T>(PhantomData))
}
