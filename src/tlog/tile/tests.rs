//! Tiles against the tree's definition, appended to in any way, and hostile paths and bundles.

use super::*;
use crate::tlog::tree::{consistency_proof, inclusion_proof, root, verify_consistency, verify_inclusion};
use crate::tlog::{leaf_hash, testing, tree::RootBuilder};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Tiles as a log keeps them, and which were read.
#[derive(Default)]
struct Store {
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    read: BTreeSet<(u8, u64)>,
}

impl Store {
    fn get(&mut self, level: u8, index: u64) -> Result<Vec<Hash>, TlogError> {
        self.read.insert((level, index));
        self.tiles.get(&(level, index)).cloned().ok_or(TlogError::Malformed { what: "no such tile" })
    }

    fn append(&mut self, size: u64, leaves: &[Hash]) -> Appended {
        self.read.clear();
        let mut growing = Appender::open(size, &mut |level, index| self.get(level, index)).unwrap();
        for leaf in leaves {
            growing.push(*leaf);
        }
        let appended = growing.finish();
        for tile in &appended.tiles {
            let before = self.tiles.insert((tile.level, tile.index), tile.hashes.clone()).unwrap_or_default();
            assert!(tile.hashes.starts_with(&before) && tile.hashes.len() > before.len(), "a tile only grows");
            assert_eq!(TileId::in_tree(tile.level, tile.index, appended.size), Some(tile.id()));
        }
        assert_eq!(appended.size, size + leaves.len() as u64);
        appended
    }

    fn node(&mut self, height: u8, index: u64) -> Result<Hash, TlogError> {
        node(height, index, &mut |level, index| self.get(level, index))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn appending_in_any_batches_gives_the_tree_of_the_definition(batches in prop::collection::vec(prop_oneof![0..9_u64, 0..300_u64, 250..262_u64], 1..8)) {
        let leaves = testing::leaves(batches.iter().sum());
        let mut store = Store::default();
        let (mut size, mut old_size) = (0, 0);
        for batch in batches {
            let edge: BTreeSet<_> = right_edge(size).map(|id| (id.level, id.index)).collect();
            let appended = store.append(size, &leaves[size as usize..(size + batch) as usize]);
            prop_assert_eq!(&store.read, &edge);
            prop_assert!(edge.len() <= 2);
            (old_size, size) = (size, appended.size);
            prop_assert_eq!(appended.root, testing::root(&leaves[..size as usize]));
        }
        let tree_root = testing::root(&leaves);
        prop_assert_eq!(root(size, &mut |h, i| store.node(h, i)).unwrap(), tree_root);
        for (index, leaf) in leaves.iter().enumerate() {
            let index = index as u64;
            let proof = inclusion_proof(index, size, &mut |h, i| store.node(h, i)).unwrap();
            verify_inclusion(leaf, index, size, &proof, &tree_root).unwrap();
        }
        let proof = consistency_proof(old_size, size, &mut |h, i| store.node(h, i)).unwrap();
        let old_root = testing::root(&leaves[..old_size as usize]);
        verify_consistency(old_size, &old_root, size, &tree_root, &proof).unwrap();
    }

    #[test]
    fn paths_come_back(level in 0..=63_u8, index: u64, bits in 0..64_u32, width in 1..=256_u16) {
        let index = index >> bits;
        for path in [TilePath::Hashes(TileId { level, index, width }), TilePath::Entries(BundleId { index, width })] {
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }

    #[test]
    fn paths_of_any_kind_never_panic(path in "tile/(entries|[0-9]{1,3})/(x?[0-9]{2,4}/?){0,9}(.p/[0-9]{0,4})?") {
        if let Ok(id) = path.parse::<TilePath>() {
            prop_assert_eq!(id.to_string(), path);
        }
    }

    #[test]
    fn any_text_as_a_path_never_panics(path in ".*") {
        prop_assert!(path.parse::<TilePath>().is_err());
    }

    #[test]
    fn bundles_come_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 1..=256)) {
        let bundle = encode_bundle(&entries).unwrap();
        prop_assert_eq!(decode_bundle(&bundle).unwrap(), entries);
        prop_assert!(decode_bundle(&bundle[..bundle.len() - 1]).is_err() || bundle.ends_with(&[0, 0]));
    }

    #[test]
    fn what_is_decoded_encodes_to_the_same(bundle in prop::collection::vec(0..4_u8, 0..900)) {
        if let Ok(entries) = decode_bundle(&bundle) {
            prop_assert_eq!(encode_bundle(&entries).unwrap(), bundle);
        }
    }
}

#[test]
fn three_levels_of_tiles_agree_with_the_other_way_to_compute_the_root() {
    // the example of the specification: 273 full tiles and one of 112; one full and one of 17; one of 1
    let size = 70_000_u64;
    let mut store = Store::default();
    let mut builder = RootBuilder::new();
    let mut at = 0;
    for batch in [1, 255, 65_279, 1, 1, 4_000, 463] {
        let leaves: Vec<Hash> = (at..at + batch).map(|i: u64| leaf_hash(&i.to_be_bytes())).collect();
        for leaf in &leaves {
            builder.push(*leaf);
        }
        let appended = store.append(at, &leaves);
        assert!(store.read.len() <= 3);
        assert_eq!(appended.root, builder.root());
        at = appended.size;
    }
    assert_eq!(at, size);
    assert_eq!(store.tiles.len(), 274 + 2 + 1);
    let edge: Vec<String> = right_edge(size).map(|id| id.to_string()).collect();
    assert_eq!(edge, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    for index in [0, 255, 256, 65_535, 65_536, 69_887, 69_888, size - 1] {
        store.read.clear();
        let proof = inclusion_proof(index, size, &mut |h, i| store.node(h, i)).unwrap();
        verify_inclusion(&leaf_hash(&index.to_be_bytes()), index, size, &proof, &builder.root()).unwrap();
        assert!(store.read.len() <= 5, "a proof is made from one tile a level and the right edge");
    }
}

#[test]
fn a_tree_of_256_has_a_full_tile_and_one_above() {
    let appended = Store::default().append(0, &testing::leaves(256));
    let ids: Vec<String> = appended.tiles.iter().map(|tile| tile.id().to_string()).collect();
    assert_eq!(ids, ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(appended.tiles[0].bytes().len(), 8192);
    assert_eq!(parse_tile(&appended.tiles[0].bytes()).unwrap(), appended.tiles[0].hashes);
    assert_eq!(right_edge(256).map(|id| id.to_string()).collect::<Vec<_>>(), ["tile/1/000.p/1"]);
}

#[test]
fn tiles_that_do_not_fit_the_size_are_refused() {
    for found in [0, 4, 6, 256] {
        let opened = Appender::open(5, &mut |_, _| Ok::<_, TlogError>(vec![[1; 32]; found]));
        assert_eq!(opened.unwrap_err(), TlogError::WrongTile { level: 0, index: 0, found, expected: 5 });
    }
    let mut short = |_, _| Ok::<_, TlogError>(vec![[1; 32]; 7]);
    let error = TlogError::WrongTile { level: 1, index: 1, found: 7, expected: 8 };
    assert_eq!(node(10, 65, &mut short), Err(error));
    node(10, 64, &mut short).unwrap();
    for bytes in [0, 31, 33, 257 * 32] {
        assert!(parse_tile(&vec![0; bytes]).is_err());
    }
}

#[test]
fn any_height_and_index_is_in_some_tile() {
    let mut full = |_, _| Ok::<_, TlogError>(vec![[1; 32]; 256]);
    for height in 0..=255 {
        for index in [0, 1, 254, 255, 256, u64::MAX] {
            node(height, index, &mut full).unwrap();
        }
    }
    Appender::open(u64::MAX, &mut |_, _| Ok::<_, TlogError>(vec![[1; 32]; 255])).unwrap();
}

#[test]
fn paths_have_one_spelling() {
    let path: TilePath = "tile/entries/x001/x234/067.p/255".parse().unwrap();
    assert_eq!(path, TilePath::Entries(BundleId { index: 1_234_067, width: 255 }));
    let path: TilePath = "tile/63/x018/x446/x744/x073/x709/x551/615".parse().unwrap();
    assert_eq!(path, TilePath::Hashes(TileId { level: 63, index: u64::MAX, width: 256 }));
    for wrong in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x001//000",
        "tile/0/x01/000",
        "tile/0/xx01/000",
        "tile/0/+01",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/entry/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/65537",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000.p",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert!(wrong.parse::<TilePath>().is_err(), "{wrong}");
    }
}

#[test]
fn bundles_have_limits() {
    assert!(encode_bundle(&[vec![0; 65_535]]).is_ok());
    assert!(matches!(encode_bundle(&[vec![0; 65_536]]), Err(TlogError::TooLarge { .. })));
    assert!(encode_bundle(&[[]; 257]).is_err());
    assert!(encode_bundle::<Vec<u8>>(&[]).is_err());
    assert_eq!(decode_bundle(&[0; 512]).unwrap().len(), 256);
    for wrong in [vec![], vec![0], vec![0, 1], vec![0, 0, 0], vec![255, 255, 0], vec![0; 514], vec![0; 1 << 20]] {
        assert!(decode_bundle(&wrong).is_err());
    }
}

#[test]
fn the_tiles_of_a_proof_are_known_before_any_is_there() {
    let size = 70_000;
    let mut asked = BTreeSet::new();
    let mut note_down = |height, index| {
        asked.insert(TileId::holding(height, index));
        Ok::<_, TlogError>(EMPTY_ROOT)
    };
    inclusion_proof(300, size, &mut note_down).unwrap();
    assert_eq!(asked, [(0, 1), (0, 273), (1, 0), (1, 1)].into());
    let ids = asked.iter().map(|(level, index)| TileId::in_tree(*level, *index, size).unwrap().to_string());
    let paths = ["tile/0/001", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17"];
    assert_eq!(ids.collect::<Vec<_>>(), paths);
}
