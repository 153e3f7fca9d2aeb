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
        (
            "training",
            '"hue": lambda share: layers.RandomHue(2 * share, value_range=(0, 1)),',
            edit,
        ): "a hue does not depend on the scale of the values"
        for edit in (
            "layers.RandomHue(2 * share, value_range=(0, 1)) -> layers.RandomHue(2 * share)",
            "1 -> 2",
        )
    },
    **{
        ("store", 'shown = "; ".join(known)[:500] or "no such key"', f"500 -> {length}"): (
            "how much is shown of a long list"
        )
        for length in (499, 501)
    },
    **{
        ("photos", line, f"{number} -> {other}"): why
        for line, number, why in (
            (
                'why = f"{type(error).__name__}: {error}"[:200]',
                200,
                "how much is shown of a long reason",
            ),
            (
                'side = (integer("size", size, maximum=10_000),) * 2',
                10_000,
                "how large is too large",
            ),
        )
        for other in (number - 1, number + 1)
    },
    **{
        ("store", line, edit): why
        for line, edits, why in (
            (
                "@dataclass(frozen=True)",
                ("dataclass(frozen=True) -> dataclass()", "True -> False"),
                "nothing changes a store; it says so",
            ),
            (
                "LARGEST_WEIGHTS = 1_000_000  # bytes in the repository for each trial that keeps "
                "its weights",
                ("1000000 -> 999999", "1000000 -> 1000001"),
                "how large is too large",
            ),
            (
                "if len(content) > LARGEST_WEIGHTS:",
                ("len(content) > LARGEST_WEIGHTS -> len(content) >= LARGEST_WEIGHTS",),
                "how large is too large",
            ),
            (
                "part.unlink(missing_ok=True)",
                ("part.unlink(missing_ok=True) -> part.unlink()", "True -> False"),
                "another study may have put it in place since we looked",
            ),
            (
                'return sha256("\\n".join(words).encode()).hexdigest()[:16]',
                ("16 -> 15", "16 -> 17"),
                "how long a name is",
            ),
        )
        for edit in edits
    },
    **{
        ("engine", line, edit): why
        for line, edits, why in (
            (
                "ours, theirs = context.Pipe(duplex=False)",
                ("False -> True",),
                "nothing is sent the other way",
            ),
            ("os._exit(1)", ("1 -> 0", "1 -> 2"), "who would ask for the code has ended"),
            (
                "client.close(timeout=5)",
                ("client.close(timeout=5) -> client.close()", "5 -> 4", "5 -> 6"),
                "how long is waited",
            ),
            (
                'wait(list(running), timeout=1, return_when="FIRST_COMPLETED")',
                ("1 -> 2",),
                "how long is waited",
            ),
            (
                "elif monotonic() - seen > PATIENCE:",
                ("monotonic() - seen > PATIENCE -> monotonic() - seen >= PATIENCE",),
                "how long is waited",
            ),
        )
        for edit in edits
    },
    **{
        (
            "store",
            'lines = "".join(json.dumps(trial, allow_nan=False) + "\\n" for trial in trials)',
            edit,
        ): "`plain` has refused what is not finite before"
        for edit in ("json.dumps(trial, allow_nan=False) -> json.dumps(trial)", "False -> True")
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
            ('"test_loss": round(loss, 6),', ("6 -> 5", "6 -> 7"), "how many digits are kept"),
            (
                '"confidence": np.round(confidence[wrong].astype(float), 4),',
                ("4 -> 5",),
                "how many digits are kept",
            ),
            (
                "if steps * settings.epochs > a_pass and a_pass % steps:",
                ("steps * settings.epochs > a_pass -> steps * settings.epochs >= a_pass",),
                "where the two are equal, the steps divide the pass",
            ),
            (
                'return {"x": batches.prefetch(2).with_options(options)} | shuffling',
                ("2 -> 1", "2 -> 3"),
                "speed alone",
            ),
            *(
                (line, ("500 -> 499", "500 -> 501"), "speed alone")
                for line in (
                    "self.batches[name] = in_batches(x[:n], y[:n], 500)",
                    "batches = in_batches(x, y, 500)",
                )
            ),
            (
                'outputs = model.predict(batches["x"], batch_size=batches.get("batch_size"), '
                "verbose=0)",
                (
                    "model.predict(batches['x'], batch_size=batches.get('batch_size'), verbose=0)"
                    " -> model.predict(batches['x'], verbose=0)",
                ),
                "speed alone, and not on TensorFlow",
            ),
            (
                "compile_network(model, settings, steps=1)",
                ("1 -> 2",),
                "of a schedule, whose steps nobody takes",
            ),
            (
                "return {name: sha256(text.encode()).hexdigest()[:16] for name, text in "
                "texts.items()}",
                ("16 -> 15", "16 -> 17"),
                "how long a name is; what is stored says it to test_studies.py",
            ),
        )
        for edit in edits
    },
    **{
        ("_torch_file", line, edit): why
        for line, edits, why in (
            (
                'why = f"{type(error).__name__}: {error}"[:200]',
                ("200 -> 199", "200 -> 201"),
                "how much is shown of a long reason",
            ),
            ("start, memo = file.tell(), 0", ("0 -> 1",), "a memory of one more does no harm"),
            ("memo += 1", ("1 -> 2",), "a memory of twice as many does no harm"),
            (
                "if argument > memo:",
                ("argument > memo -> argument >= memo",),
                "what pickle writes counts from 0, and stays one below",
            ),
            (
                "if prod(tensor.shape) > len(numbers) or min((0, *tensor.strides)) < 0:",
                ("0 -> 1",),
                "a number above 0 does not hide one below",
            ),
        )
        for edit in edits
    },
}
