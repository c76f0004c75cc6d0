"""Why an outcome is what it is: one code a reason, what it means, and the data that go with it."""

from enum import StrEnum


class Code(StrEnum):
    """A reason, or a note beside one. ``meaning`` is one line, ``fields`` are the names of its data.

    The sentence of each is made in ``harness/report/text`` alone; all are listed in ``docs/codes.md``.
    """

    meaning: str
    fields: tuple[str, ...]

    def __new__(cls, value: str, meaning: str, *fields: str) -> "Code":
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        member.fields = fields
        return member

    GENERATION_FAILED = (
        "generation.failed", "the provider gave no image", "provider", "problem", "hint", "possibly_billed",
    )  # fmt: skip
    GENERATION_REFUSED = (
        "generation.refused", "the provider declined to generate", "provider", "problem", "hint", "possibly_billed",
    )  # fmt: skip
    ERROR = "error", "something failed beside the generation; the error says what", "problem", "hint"

    IMAGE_EMPTY = "image.empty", "the provider sent no bytes"
    IMAGE_UNDECODABLE = "image.undecodable", "the bytes are not an image", "problem", "file"
    IMAGE_BLANK = "image.blank", "nearly every pixel has one color", "share", "color"
    IMAGE_NOISE = "image.noise", "neighboring pixels are unrelated", "correlation"
    IMAGE_NOT_GENERATED = (
        "image.not-generated",
        "it came from a cache or a replay where it had to be generated",
        "source",
    )
    IMAGE_INCOMMENSURABLE = "image.incommensurable", "no metric but the bytes can compare the two images", "absent"
    IMAGE_FIRST_FRAME = "image.first-frame", "the file holds several images; the first is compared", "frames"
    IMAGE_ROTATED = "image.rotated", "rotated as its EXIF data say", "orientation"
    IMAGE_CMYK = "image.cmyk-converted", "CMYK was converted to RGB without a color profile"
    IMAGE_PROFILE = "image.profile-ignored", "its color profile is not applied", "profile", "name"
    IMAGE_GAMMA = "image.gamma-ignored", "its gamma is not applied", "gamma"
    IMAGE_TRAILING = "image.bytes-behind-end", "bytes behind the end of the image are ignored", "count"
    PROFILE_DIFFERS = (
        "color-profile-differs", "levels are compared as stored, and their color profiles differ",
        "accepted", "generated",
    )  # fmt: skip
    GAMMA_DIFFERS = "gamma-differs", "levels are compared as stored, and their gammas differ", "accepted", "generated"
    DEPTH_REDUCED = (
        "bit-depth-reduced", "more than 8 bits a channel are compared as 8; the bits of the image and of the accepted",
        "bits", "accepted",
    )  # fmt: skip
    IMAGE_REJECTED = "image.rejected", "the same image was rejected before", "when", "who", "reason"
    IMAGES_DIFFER = "images.differ", "two images differ of which nothing else is known"

    BASELINE_NONE = "baseline.none", "no image was accepted for this trial"
    BASELINE_OTHER_PROFILE = (
        "baseline.other-profile", "images were accepted for other profiles only", "profile", "accepted",
    )  # fmt: skip
    PROFILE_UNKNOWN = (
        "profile.unknown", "fields of the environment that choose the baseline are unknown in this run", "fields",
    )  # fmt: skip
    PROFILE_MIXED = "profile.mixed", "the images of one set belong to several profiles", "profiles"
    PROFILE_FALLBACK = (
        "profile.fallback", "it was compared with what was accepted for a less specific profile", "profile", "used",
    )  # fmt: skip
    BASELINE_NO_FILE = "baseline.no-file", "the folder has no image of this name", "folder"
    BASELINE_NOT_COMPARED = "baseline.not-compared", "a study compares what it generates with no baseline", "study"
    BASELINE_ALTERED = "baseline.altered", "the stored image is not the one that was accepted", "problem", "hint"
    BASELINE_NOT_STORED = "baseline.not-stored", "the accepted image is not here, nor in the store", "key", "store"
    BASELINE_STORE_FAILED = "baseline.store-failed", "the store does not give the accepted image", "problem", "hint"
    BASELINE_AS_STORED = "baseline.as-stored", "it was compared with the image that is stored all the same"

    REFUSAL_SAME = "refusal.same", "it was refused, and a refusal is what was accepted", "provider", "problem"
    REFUSAL_NONE = "refusal.none", "an image came where a refusal was accepted"

    REQUEST_CHANGED = "request.changed", "other words, seed or sizes were asked for", "differences", "more"
    SUBJECT_CHANGED = "subject.changed", "the provider, its model or its settings differ", "differences", "more"
    SUBJECT_TOLERATED = (
        "subject.tolerated", "the provider or its settings differ, and the image stays within its rule",
        "differences", "more",
    )  # fmt: skip
    ENVIRONMENT_CHANGED = "environment.changed", "versions or the machine differ", "differences", "more"
    ENVIRONMENT_UNKNOWN = (
        "environment.unknown", "nothing is known of the machine that generated, only these names of the service",
        "known",
    )  # fmt: skip
    ENVIRONMENT_ONE_SIDED = (
        "environment.one-sided", "fields of the environment are known of one of the two images only",
        "differences", "more",
    )  # fmt: skip
    SERVICE_CHANGED = (
        "service.changed",
        "nothing known differs: something unknown changed, such as the model or the machine",
    )
    SERVICE_OR_REPEAT = (
        "service.changed-or-unsteady", "nothing known differs: something unknown changed, or it does not repeat",
    )  # fmt: skip
    REPEAT_SAME = "repeat.same-change", "generated again, the same new image came: it changed, and it repeats"
    REPEAT_ACCEPTED = "repeat.accepted-again", "generated again, the accepted image came: it does not repeat"
    REPEAT_OTHER = "repeat.another-image", "generated again, a third image came: it does not repeat"
    REPEAT_FAILED = "repeat.failed", "generated again to see whether it repeats, no image came that says so"
    PROBE_STORED = "probe.stored", "what a stored probe says of how the provider repeats", "when", "level"

    CHANGE_CHANNELS = "change.channels", "the channels of the accepted image are in another order", "order", "left"
    CHANGE_TURNED = "change.turned", "the accepted image is mirrored, rotated or transposed", "how", "left"
    CHANGE_SHIFTED = "change.shifted", "the accepted image is shifted by whole pixels", "x", "y", "edge", "left"
    CHANGE_CROPPED = (
        "change.cropped", "a part of the accepted image, enlarged to its size where a filter is named",
        "box", "filter", "left",
    )  # fmt: skip
    CHANGE_PADDED = "change.padded", "the accepted image with a border around it", "box", "left"
    CHANGE_RESIZED = "change.resized", "the accepted image in another size", "before", "after", "filter", "left"
    CHANGE_ENCODED = (
        "change.encoded", "the accepted image encoded with loss; no quality where its tables are of no known one",
        "format", "quality", "subsampling", "left",
    )  # fmt: skip
    CHANGE_FORMAT = "change.format", "the formats of the two files differ", "before", "after"
    CHANGE_GAMMA = "change.gamma", "every level of the accepted image is raised to a power", "gamma", "left"
    CHANGE_LINE = "change.levels", "every level of the accepted image is scaled and moved", "gain", "offset", "left"
    CHANGE_BANDS = "change.bands", "the accepted image with fewer levels", "levels", "left"
    CHANGE_ALPHA = "change.alpha", "alpha was composited, dropped, added or multiplied", "how", "left"
    CHANGE_SEAMS = "change.seams", "the images differ on equally distant lines only", "x", "y", "left"
    CHANGE_REGION = "change.region", "the images differ in one box only", "box", "share", "color"
    CHANGE_ROUNDING = (
        "change.rounding",
        "no level differs by more than two, as other arithmetic gives",
        "max_abs",
        "changed",
    )
    CHANGE_OTHER = "change.other-trial", "the accepted image of another trial came", "trial", "seeds", "left"
    CHANGE_CONSTANT = "change.same-as-other", "another trial of this run gave the same image", "trial"
    CHANGE_SIZE = "change.size", "the image has another size than was asked for", "asked", "size"

    EXACT = "rule.exact", "no pixel may differ, and some do"
    BEYOND = "rule.beyond-limit", "a metric is beyond its limit", "metric", "value", "min", "max"
    UNMEASURED = "rule.not-measured", "a limited metric could not be measured", "metric", "absent"
    WITHIN = "rule.within-limits", "every metric is within its limits"
    BELOW_RANGE = (
        "rule.closer-than-range",
        "more alike than the range ends: it has grown too loose",
        "metric",
        "value",
        "min",
        "max",
    )
    NEAR = "rule.near-limit", "a metric is beyond its warning limit", "metric", "value", "min", "max"
    TOLERANCE_LOOSE = "rule.loose", "every tolerance is hardly used and can be tightened", "values"
    METRICS_DISAGREE = "metrics.blind", "some metrics see no change where others do", "blind", "seeing"
    HASH_ALONE = "metrics.hash-alone", "pHash sees a change where no place and no color does", "phash"

    FLOOR_MISSING = "floor.missing", "no noise floor is stored for the accepted image"
    FLOOR_UNREADABLE = "floor.unreadable", "the stored noise floor cannot be read", "problem"
    FLOOR_NO_SCORE = "floor.no-score", "a metric of the score could not be measured, so there is no score"
    FLOOR_OTHER_JUDGE = (
        "floor.other-judge", "the noise floor was measured with other vectors than those of this run", "before", "now",
    )  # fmt: skip
    FLOOR_NO_LIMIT = "floor.no-limit", "the noise floor gives no limit"
    FLOOR_FEW = "floor.few-repeats", "the repeats are too few for the rate of false alarms", "repeats", "alpha"
    FLOOR_FEW_EQUAL = (
        "floor.few-equal-repeats", "the equal repeats are too few for the rate of false alarms", "repeats", "alpha",
    )  # fmt: skip
    FLOOR_UNMEASURED = "floor.unmeasured-repeats", "repeats could not be measured", "count", "repeats"
    FLOOR_NOT_COMPARED = "floor.not-compared", "repeats could not be compared", "count", "repeats", "absent"
    FLOOR_NO_SPREAD = "floor.no-spread", "one repeat or none shows no spread", "repeats"
    FLOOR_NEEDS = "floor.needs", "number of repeats needed for a limit", "repeats"
    FLOOR_ELSEWHERE = "floor.elsewhere", "the noise floor was measured in another environment", "differences", "more"
    FLOOR_WITHIN = "floor.within", "the score is within the noise floor", "score", "limit", "repeats"
    FLOOR_ABOVE = "floor.above", "the score is above the noise floor", "score", "limit", "repeats", "alpha"
    FLOOR_CONFIRMED = "floor.confirmed", "further generations are above the noise floor too", "scores"
    FLOOR_NOT_REPEATED = "floor.not-repeated", "it was not generated again to confirm it"
    FLOOR_WITHIN_AGAIN = "floor.within-again", "above the noise floor once, and within it when generated again"
    FLOOR_ONCE = "floor.once", "the scores of a drift that was not confirmed", "score", "limit", "again"
    FLOOR_SAME_AGAIN = (
        "floor.same-again", "the confirmations are the first generation again, so they are not independent",
        "alpha", "single",
    )  # fmt: skip
    FLOOR_FAR = "floor.far", "the limit is far above the largest score of the repeats", "limit", "largest"
    FLOOR_UNCONFIRMED = "floor.unconfirmed", "confirmations are missing", "generated", "asked"

    SET_PENDING = "set.pending", "a set is judged when all of its images are generated"
    SET_VERDICT = "set.verdict", "the verdict of the set that a refused, failed or broken image belongs to", "verdict"
    SET_ALIKE = "set.alike", "the set is like the accepted one"
    SET_QUESTION = "set.question", "a question asked of the two sets, and its p-value", "name", "p", "old", "new"
    SET_SIZES = "set.sizes", "sizes in pixels differ from those of the accepted set", "accepted", "generated"
    SET_NOT_GENERATED = "set.not-generated", "no image of the set was generated now", "count"
    SET_EMPTY = "set.empty", "no image of the set came"
    SET_TOO_FEW = "set.too-few", "so few images cannot show a change at the rate", "old", "new", "rate"
    SET_NEEDS = "set.needs", "number of images needed in each set", "images"
    SET_OUT_OF_REACH = "set.out-of-reach", "no number of images is enough", "rate"
    SET_OTHER_JUDGE = "set.other-judge", "checks were answered by another judge when the set was accepted", "checks"
    SET_NO_VECTORS = "set.no-vectors", "the viewer of the metric `embedding` gave no vector of an image", "problem"
    SET_NEW_CHECK = "set.new-check", "no rate was accepted for a check that fails", "check", "passed", "count"

    TEST_NO_PROMPT = "test.no-prompt", "no prompt has images in both arms"
    TEST_ONE_SIDED = "test.one-sided", "prompts have no image in one of the arms", "count", "of"
    TEST_NOT_FINITE = "test.not-finite", "features of prompts are not all finite numbers", "count", "of"
    TEST_SINGLES = "test.singles", "one image against one in every prompt: how far repeats differ is unknown"

    ANSWER_NONE = "answer.none", "the provider gave no answer"
    ANSWER_NEW = "answer.new", "an answer was given and none is expected", "answer"
    ANSWER_SAME = "answer.same", "the expected answer was given", "answer"
    ANSWER_OTHER = "answer.other", "another answer was given", "answer", "expected"

    CHECK = "check.not-passed", "a check did not pass", "check", "outcome", "seen"
    CHECK_DOUBTFUL = (
        "check.unreliable-judge", "a check did not pass, and only warns: its judge is unreliable for its kind of check",
        "check", "outcome", "seen", "viewer", "kind", "sensitivity", "specificity",
    )  # fmt: skip
    RATE_UNLABELED = "rate.not-corrected", "the calibration of the judge has no labels of one of the two outcomes"
    RATE_CHANCE = (
        "rate.chance", "the judge does no better than chance: its rate cannot be corrected",
        "sensitivity", "specificity",
    )  # fmt: skip
    UNCHECKED = "check.none", "no check could be derived for words of the prompt", "words"
    DETERMINISM = "determinism.broken", "repeats agree less than the suite promises", "promised", "seen"
    LEFT_OUT = "provider.left-out", "settings that the provider does not honor", "provider", "names"
    CLAMPED = "provider.clamped", "the provider took another value", "provider", "name", "asked", "got"
    IGNORED = "ignored", "ignored by its owner until a date", "until", "owner", "reason"

    AUDIT_SAME = "audit.same-pixels", "both arms generate the same pixels"
    AUDIT_VISIBLE = "audit.visible", "the arms generate visibly other images"
    AUDIT_SLIGHT = "audit.slight", "the arms generate other pixels, slightly different"
    AUDIT_PIXELS = "audit.other-pixels", "the arms generate other pixels"
    AUDIT_UNMEASURED = "audit.unmeasured", "no score could be made of a pair", "absent"
    AUDIT_ANSWERS = "audit.answers-differ", "the answers differ"
    AUDIT_LOST = "audit.image-lost", "an image of the run is lost"
    AUDIT_OTHER_JUDGE = "audit.other-judge", "checks that another judge answered in B than in A", "count"
    AUDIT_NO_VIEWER = "audit.no-viewer", "a viewer of the metric `embedding` is not available", "viewer", "problem"
    AUDIT_NO_CONTROL = "audit.no-control", "nothing was repeated to compare the change with"
    AUDIT_NO_DISTANCE = "audit.no-distance", "no distance within an arm to compare the change with"
    AUDIT_SIZES = "audit.sizes", "the arms generate other sizes in pixels", "before", "after"
    AUDIT_BEYOND = "audit.beyond-noise", "farther apart than repeats of one arm", "p"
    AUDIT_WITHIN = "audit.within-noise", "no farther apart than repeats of one arm", "p"
    AUDIT_LACKS = "audit.lacks-images", "an arm lacks images", "arm", "missing", "count"
    AUDIT_REFUSED = (
        "audit.refused",
        "one arm refused every time, the other generated every time",
        "arm",
        "other",
        "count",
    )
    AUDIT_WITHOUT = "audit.without-image", "an arm has no image, for the reasons that follow", "arm", "verdict"
    AUDIT_UNPAIRED = "audit.unpaired", "the generated images are not of the same repeats"
    AUDIT_ITSELF = "audit.same-recipes", "both arms ask for the same images: A is compared with itself"
    AUDIT_OTHER_WORDS = "audit.other-prompts", "prompts ask for something else in B than in A", "count"
    AUDIT_CACHED = (
        "audit.not-generated",
        "images of an arm came from a cache or replay and prove no repeat",
        "arm",
        "count",
    )
    AUDIT_FEW = "audit.few-controls", "that both arms repeat exactly rests on few pairs", "pairs"
    AUDIT_ONLY_IN = "audit.only-in", "trials that one arm alone has", "arm", "trials", "more"
    AUDIT_AT_ONCE = "audit.at-once", "times were taken with several images being generated at once", "count"
    AUDIT_BILLED = "audit.billed", "calls were cut off and may have been billed", "count"
    AUDIT_SAME_RUN = "audit.same-run", "A and B are the same run"
    AUDIT_ENVIRONMENTS = "audit.environments", "the runs were made in different environments", "differences", "more"
    AUDIT_INCOMPLETE = "audit.incomplete", "a run is not complete", "arm"

    EQUIVALENCE_NO_CONTROL = "equivalence.no-control", "no prompt has two repeats of A and an image of B"
    EQUIVALENCE_NOT_MEASURED = "equivalence.not-measured", "a distance could not be measured"
    EQUIVALENCE_MODES = "equivalence.modes", "some repeats of A are equal and others are not: one spread does not fit"
    EQUIVALENCE_FEW = "equivalence.few", "no prompt has two distances between repeats of A"
    EQUIVALENCE_NO_SPREAD = "equivalence.no-spread", "all distances between repeats of A are equal"
    EQUIVALENCE_A_EXACT = "equivalence.a-exact", "A repeats exactly and B does not"

    CACHE_SOURCE = "cache.source", "the image came from a cache or a replay", "source"
    CACHE_HIT = "cache.hit", "the reply says that it is a cache hit"
    CACHE_USAGE = "cache.no-usage", "the usage in the reply is zero"
    CACHE_FREE = "cache.free", "the reply costs nothing where an image has a price"
    CACHE_INSTANT = "cache.instant", "known bytes came far quicker than new ones take", "seconds", "fresh"

    SKIP_NOTHING = "skip.nothing-generated", "nothing was generated"
    SKIP_UNSTEADY = "skip.unsteady", "it does not repeat even without this change"
    SKIP_CACHED = "skip.cached", "repeats are answered from a cache"
    SKIP_RESTART = "skip.restart-matters", "a fresh process alone changes the image"
    SKIP_ORDER = "skip.order-matters", "the image depends on what was generated before"
    SKIP_ONE = "skip.one-at-a-time", "the provider generates one image at a time"
    SKIP_BATCH = "skip.no-batches", "the provider generates no batches"
    SKIP_ISOLATION = "skip.not-isolated", "the provider offers no fresh process to generate in"
    SKIP_PROCESSOR = "skip.no-other-processor", "no other instruction set can be had on this processor"
    SKIP_STEADY = "skip.steady", "it repeats without this control"
    SKIP_PATH = "skip.path-matters", "the path that is written to alone may explain it"
    SKIP_PROGRAM = "skip.no-program", "only a program is started for each image"
    SKIP_SPAN = "skip.no-pauses", "no time to wait was given"
    CONTROL_NOTHING = "control.nothing", "images vary in the same way under this control"
    CONTROL_EQUAL = "control.equal", "images repeat under this control, by chance alone with this p", "images", "p"
    CONTROL_PAUSES = "control.pauses", "images change over pauses more often than at once, by Fisher's test", "p"
    PROBE_BUDGET = "probe.budget", "the budget is reached"
    PROBE_ALONE = "probe.one-alone", "one generation alone"
    PROBE_CACHED = "probe.from-cache", "answered from a cache"
    PROBE_MODES = "probe.one-of-its-modes", "what differed is an image that repeats give too"
    PROBE_UNDISTINGUISHED = "probe.not-distinguished", "the difference may come from other probes too", "probes"
    PROBE_ONCE = "probe.once", "it differed once, and not when it was generated again"
    PROBE_UNEQUAL = "probe.no-equal-pixels", "no two images have equal pixels"
    PROBE_CACHED_ANSWERS = (
        "probe.cached-answers",
        "answers came from a cache, for the reason that follows",
        "cached",
        "count",
    )
    PROBE_REFUSED = "probe.all-refused", "every generation was refused, for the reason that follows"
    PROBE_FEW = "probe.few-images", "generations brought no image, for the reason that follows", "images", "count"
    PROBE_ONE = "probe.one-generation", "one generation shows nothing about repeats"

    SEED_NONE = "seed.none", "the provider takes no seed"
    SEED_LEFT_OUT = "seed.left-out", "the provider says that it leaves the seed out"
    SEED_FEW = "seed.few-images", "too few images came"
    SEED_SAME_CACHED = "seed.same-from-cache", "other seeds bring the same image from a cache", "seeds"
    SEED_ALL_CACHED = "seed.all-cached", "every other seed was answered from a cache"
    SEED_REJECTED = "seed.rejected", "it generates without a seed, but not with one, for the reason that follows"
    SEED_NOTHING = "seed.nothing-generated", "nothing was generated"
    SEED_REPEATS = "seed.repeats", "the same seed repeats"
    SEED_OTHER = "seed.other-images", "other seeds give other images", "differing", "seeds"
    SEED_SAME = "seed.same-image", "other seeds give the same image", "seeds"
    SEED_CONSTANT = "seed.constant", "another seed and another prompt give the same image"
    SEED_OUTSIDE = "seed.outside-modes", "other seeds give images that no repeat gave", "differing", "seeds"
    SEED_INSIDE = "seed.inside-modes", "other seeds give the images that repeats give", "seeds"
    SEED_NOISE = "seed.noise", "it does not repeat, and too few images came to distinguish seeds from noise"
    SEED_FARTHER = "seed.farther", "images of other seeds differ more than repeats of one seed do"
    SEED_MODULUS = "seed.modulus", "seeds that differ by this share an image", "modulus", "first", "second", "seeds"
    SEED_NEIGHBORS = "seed.neighbors", "neighboring seeds share an image", "first", "second", "seeds"
    SEED_SHARED = "seed.shared", "some seeds share an image", "shared", "seeds"
    SEED_AS_FAR = "seed.as-far", "repeats of one seed differ as much as images of other seeds do"

    SETTING_FEW = "setting.few-images", "too few images came"
    SETTING_UNSTEADY = "setting.unsteady", "it does not repeat: images differ anyway"
    SETTING_SAME = "setting.same-image", "values of the setting give the same image", "values"
    SETTING_OTHER = "setting.other-images", "values of the setting give different images", "values"

    INCONCLUSIVE = "diagnosis.inconclusive", "nothing could be said of the provider, for the reason that follows"
    SEED_IGNORED = "diagnosis.seed-ignored", "the provider ignores its seed"
    UNSTEADY = "diagnosis.unsteady", "it does not always repeat", "differing", "images", "max_abs"
    MODES = "diagnosis.modes", "repeats fall into a few images", "modes", "case", "max_abs"
    CONTINUOUS = "diagnosis.continuous-noise", "every repeat is another image", "modes", "case", "max_abs"
    DEPENDS = (
        "diagnosis.depends", "its images depend on what a probe changed",
        "probe", "differing", "images", "max_abs", "settings",
    )  # fmt: skip
    REST_EQUAL = "diagnosis.rest-equal", "under every other probe the images were equal"
    REST_UNCLEAR = "diagnosis.rest-unclear", "what other probes showed cannot be distinguished from that", "probes"
    UNCLEAR = (
        "diagnosis.unclear", "a probe saw a difference that cannot be put down to what it changed",
        "probe", "differing", "images", "max_abs",
    )  # fmt: skip
    BROKEN_IMAGES = "diagnosis.broken-images", "images are blank or noise, as what follows says", "count", "images"
    CHANGE_POINT = "diagnosis.change-point", "from one call on it gives other images", "call", "images", "p"
    TREND = "diagnosis.trend", "images move away from the first ones with every call", "images", "p"
    PERIOD = "diagnosis.period", "the number of the call decides on the image", "period", "images", "p"
    RUNS = "diagnosis.runs", "equal images come one after the other", "runs", "images", "p"
    FIRST_ONLY = "diagnosis.first-only", "the first image alone differs", "images", "p"
    ONE_SEED = "diagnosis.one-seed", "one seed gives different images, another repeats", "seed", "other", "images"
    STEADY = "diagnosis.exact", "every image repeats", "level", "images", "repeats", "missed", "span"
    ENCODING = "diagnosis.encoding", "equal pixels have other bytes: the encoder or its metadata differs"
    SEED_LOST = "diagnosis.seed-lost", "the seed does not do what a seed does", "outcome"

    MONITOR_ANNOUNCED = (
        "monitor.announced", "the service says of itself something that it never said in the epoch",
        "name", "before", "after", "night",
    )  # fmt: skip
    MONITOR_DATE = "monitor.date", "the service announces a date for its model", "name", "date"
    MONITOR_CACHED = "monitor.cached", "images of the night came from a cache: they are no evidence", "count", "images"
    MONITOR_MISSING = "monitor.missing", "images of the night are missing", "count", "planned", "refused"
    MONITOR_CLOCK = (
        "monitor.clock",
        "the clock is behind that of the night before",
        "before",
        "at",
    )
    MONITOR_GAP = "monitor.gap", "nights were missed: the evidence stays valid", "days"
    MONITOR_OTHERS = "monitor.other-prompts", "prompts of the suite are not in the epoch, and not generated", "prompts"
    MONITOR_GONE = "monitor.gone-prompts", "prompts of the epoch are no longer in the suite", "prompts"

    PROMISE_EXACT = "promise.exact", "exact images on every machine are promised, and not observed", "level"
    PROMISE_EXACT_HERE = "promise.exact-here", "exact images in one environment are promised, and not observed", "level"
    PROMISE_SUITE = "promise.suite", "the suite asks a case to repeat better than it does", "case", "promised", "level"
    PROMISE_SEED = "promise.seed", "a seed is taken, and does not do what a seed does", "outcome"
    PROMISE_SETTING = "promise.setting", "a setting is taken, and ignored or clamped", "name", "outcome"
