/* The native kernel: the numbers of two images, or of one, in one call without the GIL.

   Stable ABI, buffers only. The loops (_kernel_body.h) are compiled for several instruction sets and the best one the
   processor has is chosen when the module is loaded. Build with -ffp-contract=off: a fused multiply-add rounds once
   where the reference rounds twice. */

#ifndef HARNESS_NO_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef _MSC_VER
#define restrict __restrict
#endif

enum { BLOCK = 16, WINDOW = 7, COLORS = 14, TAPS = 16, ROWS = 4, LINE = 64, MAX_SIDE = 8192, MAX_PART = 64 };

#if defined(__GNUC__) || defined(__clang__)
#define INLINE inline __attribute__((always_inline))
#else
#define INLINE inline
#endif

/* n²C1 and n(n − 1)C2, half of those of structure.py; n = 49. */
#define K1 (49 * 49 * ((0.01 * 255) * (0.01 * 255)))
#define K2 (49 * 48 * ((0.03 * 255) * (0.03 * 255)))

typedef struct {
    int64_t max_abs, changed, sum_abs, sum_square;
} Pair;

typedef struct {
    int64_t low, high, colors[COLORS], haar[64];
    uint8_t small[32 * 32], strip[8 * 9];
} One;

/* SSIM of all windows of a row of windows, from sums that move down the image row by row and along each row. With the
   sums X, Y, Σxy and Σ(x² + y²) over a window, M = 2XY and P = X² + Y²:

       SSIM = (M + K1) (2n Σxy − M + K2) / ((P + K1) (n Σ(x² + y²) − P + K2))

   where all but the additions of the constants, two products and the quotient is exact in 32 bits. A row is cut into
   STRIPS of `length` windows that lie side by side in the lanes of a vector: level j of strip k is at j STRIPS + k. */
typedef struct {
    size_t c, n, windows, length, places; /* channels, levels, windows of a row; windows and levels of a strip */
    int32_t area; /* n; not a constant, which compilers would multiply by with four shifts and additions */
    int32_t *sums, *products, *squares; /* of 7 rows, by column: X and, in the upper half, Y; 2Σxy; Σ(x² + y²) */
    uint16_t *row, *rows;               /* levels of a and, in the upper byte, b: of a row; in strips: of 8, and 0 */
    uint8_t *zeros;
} Moving;

/* Reduction along one axis to `size` values of up to `taps` weights; size 0 leaves the axis as it is. */
typedef struct {
    size_t size, taps;
    const int32_t *first, *count;
    const int16_t *high, *low;
} Axis;

/* What grey is reduced to; `tall`: down before across. */
typedef struct {
    Axis x, y;
    size_t width, height;
    int tall;
} Target;

/* What an image is worked on with: its plane of grey, ROWS rows of planes, and the rows of each target with the result
   behind them. */
typedef struct {
    uint8_t *plane, *r, *g, *b, *bin, *rows[3];
    int16_t *grey;
    uint16_t *columns;
    int32_t *line, *sizes, *deltas;
} Side;

/* Tables of color.py and lightness.py, the sides of parts; what differs: the sums of each part, the largest ΔE. */
typedef struct {
    const double *linear, *matrix;
    const int16_t *table;
    size_t sides[2];
    int64_t *sums[2];
    double delta_e;
} Colors;

/* Where the first line of the cache begins in memory that has one to spare. */
static char *aligned_to_line(char *memory) { return memory + (LINE - (uintptr_t)memory % LINE) % LINE; }

static size_t parts_of(size_t side, size_t part) { return side < part ? 1 : side / part; }
static size_t blocks_of(size_t side) { return parts_of(side, BLOCK); }

/* L*a*b* of mean levels, with the constants and the interpolated curve of color.py. */
static void lab_of(const int64_t sums[3], int64_t pixels, const double *linear, const double *matrix, double lab[3]) {
    double light[3], root[3];
    for (int k = 0; k < 3; k++) {
        double level = (double)sums[k] / (double)pixels;
        int whole = level < 255 ? (int)level : 255;
        light[k] = linear[whole] + (linear[whole + 1] - linear[whole]) * (level - whole);
    }
    for (int k = 0; k < 3; k++) {
        double ratio = matrix[3 * k] * light[0] + matrix[3 * k + 1] * light[1] + matrix[3 * k + 2] * light[2];
        root[k] = ratio > 216.0 / 24389 ? cbrt(ratio) : (ratio * (24389.0 / 27) + 16) / 116;
    }
    lab[0] = 116 * root[1] - 16;
    lab[1] = 500 * (root[0] - root[1]);
    lab[2] = 200 * (root[1] - root[2]);
}

static double largest_delta(const int64_t *a, const int64_t *b, size_t h, size_t w, const double *linear,
                            const double *matrix) {
    size_t down = blocks_of(h), across = blocks_of(w);
    size_t tall = down > 1 ? 2 : 1, wide = across > 1 ? 2 : 1;
    double largest = 0;
    for (size_t y = 0; y + tall <= down; y++) {
        int64_t high = (int64_t)((y + tall == down ? h : (y + tall) * BLOCK) - y * BLOCK);
        for (size_t x = 0; x + wide <= across; x++) {
            int64_t broad = (int64_t)((x + wide == across ? w : (x + wide) * BLOCK) - x * BLOCK);
            int64_t sum_a[3] = {0, 0, 0}, sum_b[3] = {0, 0, 0};
            for (size_t i = 0; i < tall; i++) {
                for (size_t j = 0; j < wide; j++) {
                    size_t at = ((y + i) * across + x + j) * 3;
                    for (int k = 0; k < 3; k++) sum_a[k] += a[at + (size_t)k], sum_b[k] += b[at + (size_t)k];
                }
            }
            if (sum_a[0] == sum_b[0] && sum_a[1] == sum_b[1] && sum_a[2] == sum_b[2]) continue;
            double lab_a[3], lab_b[3], square = 0;
            lab_of(sum_a, high * broad, linear, matrix, lab_a);
            lab_of(sum_b, high * broad, linear, matrix, lab_b);
            for (int k = 0; k < 3; k++) square += (lab_a[k] - lab_b[k]) * (lab_a[k] - lab_b[k]);
            largest = square > largest ? square : largest;
        }
    }
    return sqrt(largest);
}

#define TARGET
#define STRIPS 1
#define FN(name) name##_base
#include "_kernel_body.h"
#undef TARGET
#undef STRIPS
#undef FN

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define HARNESS_X86 1
#define HARNESS_AVX2 1
#include <immintrin.h>
#define TARGET __attribute__((target("avx2")))
#define STRIPS 8
#define FN(name) name##_avx2
#define MM(name) _mm256_##name
#define LOAD(from) _mm256_loadu_si256((const __m256i *)(from))
#define STORE(to, what) _mm256_storeu_si256((__m256i *)(to), what)
#define LEVELS(from) _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(from)))
#define SWAPPED(what) _mm256_or_si256(_mm256_slli_epi32(what, 16), _mm256_srli_epi32(what, 16))
#define LOWER(what) _mm256_cvtepi32_pd(_mm256_castsi256_si128(what))
#define UPPER(what) _mm256_cvtepi32_pd(_mm256_extracti128_si256(what, 1))
typedef __m256i Ints_avx2;
typedef __m256d Doubles_avx2;
#include "_kernel_body.h"
#undef TARGET
#undef STRIPS
#undef FN
#undef MM
#undef LOAD
#undef STORE
#undef LEVELS
#undef SWAPPED
#undef LOWER
#undef UPPER
#define HARNESS_AVX512 1
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")))
#define STRIPS 16
#define FN(name) name##_avx512
#define MM(name) _mm512_##name
#define LOAD(from) _mm512_loadu_si512(from)
#define STORE(to, what) _mm512_storeu_si512(to, what)
#define LEVELS(from) _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(from)))
#define SWAPPED(what) _mm512_rol_epi32(what, 16)
#define LOWER(what) _mm512_cvtepi32_pd(_mm512_castsi512_si256(what))
#define UPPER(what) _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(what, 1))
typedef __m512i Ints_avx512;
typedef __m512d Doubles_avx512;
#include "_kernel_body.h"
#undef TARGET
#undef FN
#undef HARNESS_AVX512
#undef HARNESS_AVX2
#endif

static struct {
    const char *name;
    int (*pair)(const uint8_t *, const uint8_t *, size_t, size_t, size_t, const uint8_t *, Pair *, double *, int64_t *);
    int (*seen)(const uint8_t *, const uint8_t *, size_t, size_t, const Target *, One *, Colors *);
} chosen = {"base", pair_base, seen_base};

static int choose(const char *name) {
    if (!strcmp(name, "base")) {
        chosen.name = "base", chosen.pair = pair_base, chosen.seen = seen_base;
        return 1;
    }
#ifdef HARNESS_X86
    if (!strcmp(name, "avx2") && __builtin_cpu_supports("avx2")) {
        chosen.name = "avx2", chosen.pair = pair_avx2, chosen.seen = seen_avx2;
        return 1;
    }
    if (!strcmp(name, "avx512") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        chosen.name = "avx512", chosen.pair = pair_avx512, chosen.seen = seen_avx512;
        return 1;
    }
#endif
    return 0;
}

static PyObject *misfit(const char *what) {
    PyErr_Format(PyExc_ValueError, "%s does not fit the size of the image", what);
    return NULL;
}

static int size_ok(Py_ssize_t h, Py_ssize_t w, Py_ssize_t c) {
    return h > 0 && w > 0 && h <= MAX_SIDE && w <= MAX_SIDE && c >= 1 && c <= 4;
}

/* Whether a buffer of 8-byte numbers may be read in place. */
static int aligned(const Py_buffer *buffer) { return (uintptr_t)buffer->buf % 8 == 0; }

static PyObject *py_pair(PyObject *self, PyObject *args) {
    Py_buffer a, b, skip, numbers, sums, counts;
    Py_ssize_t h, w, c;
    const char *wrong = NULL;
    int state = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*nnny*w*w*w*:pair", &a, &b, &h, &w, &c, &skip, &numbers, &sums, &counts)) return NULL;
    if (!size_ok(h, w, c)) wrong = "the shape";
    else if (a.len != h * w * c || b.len != a.len) wrong = "an array of levels";
    else if (skip.len && skip.len != h * w) wrong = "the mask";
    else if (numbers.len != sizeof(Pair)) wrong = "the array of numbers";
    else if (sums.len != (Py_ssize_t)(8 * blocks_of((size_t)h) * blocks_of((size_t)w)) || counts.len != sums.len ||
             !aligned(&sums) || !aligned(&counts))
        wrong = "an array of blocks";
    if (!wrong) {
        Py_BEGIN_ALLOW_THREADS
        Pair found = {0, 0, 0, 0};
        memset(sums.buf, 0, (size_t)sums.len);
        memset(counts.buf, 0, (size_t)counts.len);
        state = chosen.pair(a.buf, b.buf, (size_t)h, (size_t)w, (size_t)c, skip.len ? skip.buf : NULL, &found, sums.buf,
                            counts.buf);
        memcpy(numbers.buf, &found, sizeof found);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    PyBuffer_Release(&skip);
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&sums);
    PyBuffer_Release(&counts);
    if (wrong) return misfit(wrong);
    if (state) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

/* An axis as packed by native.py: size and taps, then first and count of each value, then high and low weights. */
static int unpacked(const Py_buffer *from, size_t source, size_t expected, Axis *axis, size_t *result) {
    memset(axis, 0, sizeof *axis);
    if (!from->len) {
        *result = source;
        return source == expected || !expected;
    }
    const int32_t *numbers = from->buf;
    if (from->len < 8 || (uintptr_t)numbers % 4 || numbers[0] < 1 || numbers[1] < 1 || numbers[0] > MAX_SIDE ||
        numbers[1] > 8 * MAX_SIDE || numbers[1] % TAPS)
        return 0;
    axis->size = (size_t)numbers[0], axis->taps = (size_t)numbers[1];
    if ((size_t)from->len != 8 + axis->size * 8 + axis->size * axis->taps * 4) return 0;
    axis->first = numbers + 2, axis->count = axis->first + axis->size;
    axis->high = (const int16_t *)(axis->count + axis->size), axis->low = axis->high + axis->size * axis->taps;
    for (size_t i = 0; i < axis->size; i++) {
        if (axis->first[i] < 0 || axis->count[i] < 0 || (size_t)axis->count[i] > axis->taps ||
            (size_t)axis->first[i] + (size_t)axis->count[i] > source)
            return 0;
    }
    *result = axis->size;
    return axis->size == expected || !expected;
}

static int parts_fit(const Py_buffer *sums, Py_ssize_t h, Py_ssize_t w, Py_ssize_t side) {
    size_t parts = parts_of((size_t)h, (size_t)side) * parts_of((size_t)w, (size_t)side);
    return sums->len == 8 * (Py_ssize_t)parts && aligned(sums);
}

static PyObject *py_seen(PyObject *self, PyObject *args) {
    Py_buffer all[14], *axes = all + 2, *linear = all + 8, *matrix = all + 9, *table = all + 10, *numbers = all + 11;
    Py_buffer *blocks = all + 12, *cells = all + 13;
    Py_ssize_t h, w, block, cell;
    int tall, state = 0;
    Target targets[3];
    Colors colors = {.delta_e = 0};
    const char *wrong = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*nniy*y*y*y*y*y*y*y*y*nnw*w*w*:seen", all, all + 1, &h, &w, &tall, axes, axes + 1,
                          axes + 2, axes + 3, axes + 4, axes + 5, linear, matrix, table, &block, &cell, numbers, blocks,
                          cells))
        return NULL;
    static const size_t width[3] = {32, 9, 0}, height[3] = {32, 8, 0};
    Py_ssize_t images = all[1].len ? 2 : 1;
    if (!size_ok(h, w, 3)) wrong = "the shape";
    else if (all[0].len != h * w * 3 || (images == 2 && all[1].len != all[0].len)) wrong = "an array of levels";
    else if (numbers->len != images * (Py_ssize_t)sizeof(One) || !aligned(numbers)) wrong = "the array of numbers";
    else if (linear->len != 257 * 8 || matrix->len != 9 * 8 || !aligned(linear) || !aligned(matrix) ||
             table->len != 256 * 2 || (uintptr_t)table->buf % 2)
        wrong = "a table";
    else if (block < 1 || block > MAX_PART || cell < 1 || cell > MAX_PART) wrong = "the side of a part";
    else if (images == 2 && (!parts_fit(blocks, h, w, block) || !parts_fit(cells, h, w, cell)))
        wrong = "an array of parts";
    for (int t = 0; t < 3 && !wrong; t++) {
        if (!unpacked(&axes[2 * t], (size_t)w, width[t], &targets[t].x, &targets[t].width) ||
            !unpacked(&axes[2 * t + 1], (size_t)h, height[t], &targets[t].y, &targets[t].height))
            wrong = "an axis";
        targets[t].tall = (tall >> t & 1) && targets[t].y.size;
    }
    if (!wrong && (targets[2].width != targets[2].height || targets[2].width % 8)) wrong = "an axis";
    if (!wrong) {
        Py_BEGIN_ALLOW_THREADS
        const uint8_t *b = images == 2 ? all[1].buf : NULL;
        const size_t sides[2] = {(size_t)block, (size_t)cell};
        colors = (Colors){linear->buf, matrix->buf, table->buf, {sides[0], sides[1]}, {blocks->buf, cells->buf}, 0};
        state = chosen.seen(all[0].buf, b, (size_t)h, (size_t)w, targets, numbers->buf, &colors);
        Py_END_ALLOW_THREADS
    }
    for (int i = 0; i < 14; i++) PyBuffer_Release(&all[i]);
    if (wrong) return misfit(wrong);
    if (state) return PyErr_NoMemory();
    return PyFloat_FromDouble(colors.delta_e);
}

/* Haar transform, rounding for rounding as PyWavelets does it: for the ties of wHash, which hang on the last bits. */
static const double HALF = 0.7071067811865475244008443621048490;

/* One level forward: n × n values to sums (n/2 × n/2) and, where expected, the three details one behind the other. */
static void haar_forward(const double *from, size_t n, double *sums, double *details, double *line) {
    size_t m = n / 2;
    for (size_t y = 0; y < m; y++) {
        const double *even = from + 2 * y * n, *odd = even + n;
        double *low = line, *high = line + n, *at = details ? details + y * m : NULL;
        for (size_t x = 0; x < n; x++) {
            low[x] = HALF * odd[x] + HALF * even[x];
            high[x] = -HALF * odd[x] + HALF * even[x];
        }
        for (size_t x = 0; x < m; x++) sums[y * m + x] = HALF * low[2 * x + 1] + HALF * low[2 * x];
        if (!at) continue;
        for (size_t x = 0; x < m; x++) {
            at[x] = -HALF * low[2 * x + 1] + HALF * low[2 * x];
            at[m * m + x] = HALF * high[2 * x + 1] + HALF * high[2 * x];
            at[2 * m * m + x] = -HALF * high[2 * x + 1] + HALF * high[2 * x];
        }
    }
}

/* One level back: m × m sums and their details to 2m × 2m values. */
static void haar_back(const double *sums, const double *details, size_t m, double *to, double *line) {
    size_t n = 2 * m;
    for (size_t y = 0; y < m; y++) {
        const double *aa = sums + y * m, *ad = details + y * m, *da = ad + m * m, *dd = da + m * m;
        double *low = line, *high = line + n, *even = to + 2 * y * n, *odd = even + n;
        for (size_t x = 0; x < m; x++) {
            low[2 * x] = HALF * aa[x] + HALF * ad[x];
            low[2 * x + 1] = HALF * aa[x] + -HALF * ad[x];
            high[2 * x] = HALF * da[x] + HALF * dd[x];
            high[2 * x + 1] = HALF * da[x] + -HALF * dd[x];
        }
        for (size_t x = 0; x < n; x++) {
            even[x] = HALF * low[x] + HALF * high[x];
            odd[x] = HALF * low[x] + -HALF * high[x];
        }
    }
}

/* The 8 × 8 means of side × side levels after their overall mean was taken away. Returns 0, or −1 without memory. */
static int haar_means(const uint8_t *levels, size_t side, double out[64]) {
    size_t size = side * side;
    double *memory = malloc((3 * size + 2 * side) * sizeof *memory);
    if (!memory) return -1;
    double *one = memory, *other = one + size, *details = other + size, *line = details + size, *at = details, *swap;
    for (size_t i = 0; i < size; i++) one[i] = levels[i] / 255.0;
    for (size_t n = side; n > 1; n /= 2) {
        haar_forward(one, n, other, at, line);
        at += 3 * (n / 2) * (n / 2);
        swap = one, one = other, other = swap;
    }
    one[0] = 0;
    for (size_t m = 1; m < side; m *= 2) {
        at -= 3 * m * m;
        haar_back(one, at, m, other, line);
        swap = one, one = other, other = swap;
    }
    for (size_t n = side; n > 8; n /= 2) {
        haar_forward(one, n, other, NULL, line);
        swap = one, one = other, other = swap;
    }
    memcpy(out, one, 64 * sizeof *out);
    free(memory);
    return 0;
}

static PyObject *py_haar(PyObject *self, PyObject *args) {
    Py_buffer levels, out;
    Py_ssize_t side;
    const char *wrong = NULL;
    int state = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*nw*:haar", &levels, &side, &out)) return NULL;
    if (side < 8 || side > MAX_SIDE || (side & (side - 1))) wrong = "the side";
    else if (levels.len != side * side) wrong = "the array of levels";
    else if (out.len != 64 * 8 || !aligned(&out)) wrong = "the array of means";
    if (!wrong) {
        Py_BEGIN_ALLOW_THREADS
        state = haar_means(levels.buf, (size_t)side, out.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&levels);
    PyBuffer_Release(&out);
    if (wrong) return misfit(wrong);
    if (state) return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *py_use(PyObject *self, PyObject *args) {
    PyObject *name;
    (void)self;
    if (!PyArg_ParseTuple(args, "U:use", &name)) return NULL;
    PyObject *bytes = PyUnicode_AsUTF8String(name);
    if (!bytes) return NULL;
    int done = choose(PyBytes_AsString(bytes));
    Py_DECREF(bytes);
    return PyBool_FromLong(done);
}

static PyObject *py_in_use(PyObject *self, PyObject *args) {
    (void)self, (void)args;
    return PyUnicode_FromString(chosen.name);
}

static PyMethodDef methods[] = {
    {"pair", py_pair, METH_VARARGS,
     "pair(a, b, height, width, channels, skip, numbers, sums, counts)\n\n"
     "numbers (4 int64: largest, changed, sum, sum of squares of differences), sums and counts of SSIM by block."},
    {"seen", py_seen, METH_VARARGS,
     "seen(a, b, height, width, tall, small_x, small_y, strip_x, strip_y, square_x, square_y, linear, matrix, table, "
     "block, cell, numbers, blocks, cells): the largest color difference\n\n"
     "b may be empty. tall: bits 0 to 2 say which of small, strip and square is reduced down before across; an empty "
     "axis stays. table: 256 int16, the lightness of each grey level. Of each image numbers (80 int64 and 1096 bytes: "
     "low, high, 14 color bins, 64 cells, 32 x 32 and 8 x 9 grey); of both the differences of lightness: sums of "
     "|b - a| by block and of b - a by cell (int64)."},
    {"haar", py_haar, METH_VARARGS, "haar(levels, side, out): the 8 x 8 Haar means of wHash, to the last bit."},
    {"use", py_use, METH_VARARGS, "use(name): choose base, avx2 or avx512; False when this processor lacks it."},
    {"in_use", py_in_use, METH_NOARGS, "The instruction set in use: base, avx2 or avx512."},
    {NULL, NULL, 0, NULL}};

static int exec_module(PyObject *module) {
    (void)module;
    if (!choose("avx512")) choose("avx2");
    return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)exec_module}, {0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", "The native kernel of comparing.", 0, methods, slots,
                                    NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module); }
