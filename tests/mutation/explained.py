"""Edits that no test can catch, because they change nothing that anybody could see."""

# (module, the line as it stands, the edit as it is printed): why
EXPLAINED = {
    ("cluster", "_PART = 2_000  # points worked on at a time", "2000 -> 2001"): "speed alone",
    ("cluster", "_PART = 2_000  # points worked on at a time", "2000 -> 1999"): "speed alone",
    (
        "cluster",
        "largest, limit = max(highest, -lowest), np.sqrt(np.finfo(x.dtype).max / x.size) / 4",
        "4 -> 3",
    ): "how far below an overflow we stay; 2 would do",
    (
        "cluster",
        "largest, limit = max(highest, -lowest), np.sqrt(np.finfo(x.dtype).max / x.size) / 4",
        "4 -> 5",
    ): "how far below an overflow we stay",
    (
        "cluster",
        "best = distances.sum(axis=1, dtype=np.float64).argmin()",
        "distances.sum(axis=1, dtype=np.float64) -> distances.sum(axis=1)",
    ): "of draws whose sums are equal but for rounding, either is as good",
    (
        "cluster",
        "signs = np.tile(np.array([1, -1], x.dtype), len(changed))",
        "np.array([1, -1], x.dtype) -> np.array([1, -1])",
    ): "SciPy multiplies in the wider dtype: slower, and the same",
    (
        "cluster",
        "labels, distances = labels.copy(), np.empty(len(x), x.dtype)",
        "np.empty(len(x), x.dtype) -> np.empty(len(x))",
    ): "twice the memory for the same distances",
    (
        "cluster",
        "sums += (sparse.csr_array(members, shape=(len(changed), k + 1)).T @ x[part][changed])[:k]",
        "1 -> 2",
    ): "a row more, which [:k] leaves out as it does the last",
    **{
        ("store", 'shown = "; ".join(known)[:500] or "no such key"', f"500 -> {length}"): (
            "how much is shown of a long list"
        )
        for length in (499, 501)
    },
    **{
        (
            "engine",
            "PATIENCE = 12  # seconds for a Dask cluster to answer, or to have a worker again",
            f"12 -> {seconds}",
        ): "how long is waited"
        for seconds in (11, 13)
    },
    **{
        ("_fast_conv", line, edit): "speed alone"
        for line, edits in {
            "_PART = 2**18": ("18 -> 17", "18 -> 19", "2 -> 3", "2 ** 18 -> 2 * 18"),
            "_STRIP = 2**15  # `convolve` works on strips of the image, for the same reason": (
                "15 -> 14",
                "15 -> 16",
                "2 -> 3",
                "2 ** 15 -> 2 * 15",
            ),
        }.items()
        for edit in edits
    },
    **{
        ("task", line, edit): why
        for line, edits, why in (
            (
                "@dataclass(frozen=True)",
                ("dataclass(frozen=True) -> dataclass()", "True -> False"),
                "nothing changes a task; it says so",
            ),
            (
                'known = [stored.get("data") for stored in store.read()[:1]]',
                ("1 -> 2",),
                "all trials of a store have the same data",
            ),
            (
                'device = str(keras.ops.zeros(1).device)  # "/job:.../device:CPU:0", "cuda:0", ...',
                ("1 -> 0", "1 -> 2", "keras.ops.zeros -> keras.ops.ones"),
                "any array is where arrays are made",
            ),
        )
        for edit in edits
    },
    **{
        ("training", line, edit): why
        for line, edits, why in (
            (
                "EVALUATED = 5_000  # training images that each epoch is evaluated on, "
                "without dropout",
                ("5000 -> 5001", "5000 -> 4999"),
                "how many are enough to judge by",
            ),
            ("SHOWN_MISTAKES = 100", ("100 -> 101", "100 -> 99"), "how many are kept to look at"),
            (
                '"history": {name: np.round(values, 5).tolist() '
                "for name, values in history.items()},",
                ("5 -> 4", "5 -> 6"),
                "how many digits are kept",
            ),
        )
        for edit in edits
    },
}
