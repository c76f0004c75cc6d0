/* Undoing the filters of PNG rows (PNG specification, section 9): eight rows at a time as a wavefront where the
   processor has AVX2, one after another elsewhere. Stable ABI; buffers only; the GIL is released. */

#ifndef HARNESS_NO_LIMITED_API
#define Py_LIMITED_API 0x030B0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define HARNESS_X86 1
#include <immintrin.h>
#endif

enum { NONE, SUB, UP, AVERAGE, PAETH };

static inline uint8_t paeth(int a, int b, int c) {
    int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
    return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* One row of n bytes; up is the row above (zeros above the first). Returns 0 for an unknown filter. */
static int plain_row(int filter, const uint8_t *raw, const uint8_t *up, uint8_t *out, size_t n, size_t bpp) {
    size_t i;
    switch (filter) {
    case NONE:
        memcpy(out, raw, n);
        return 1;
    case SUB:
        memcpy(out, raw, bpp);
        for (i = bpp; i < n; i++) out[i] = (uint8_t)(raw[i] + out[i - bpp]);
        return 1;
    case UP:
        for (i = 0; i < n; i++) out[i] = (uint8_t)(raw[i] + up[i]);
        return 1;
    case AVERAGE:
        for (i = 0; i < bpp; i++) out[i] = (uint8_t)(raw[i] + up[i] / 2);
        for (; i < n; i++) out[i] = (uint8_t)(raw[i] + (out[i - bpp] + up[i]) / 2);
        return 1;
    case PAETH:
        for (i = 0; i < bpp; i++) out[i] = (uint8_t)(raw[i] + up[i]);
        for (; i < n; i++) out[i] = (uint8_t)(raw[i] + paeth(out[i - bpp], up[i], up[i - bpp]));
        return 1;
    default:
        return 0;
    }
}

#ifdef HARNESS_X86

/* Rows of one wave: two vectors of four rows, the second four pixels behind the first, so that the processor always
   has two independent chains of work. */
enum { LANES = 4, ROWS = 2 * LANES };

typedef struct {
    __m256i with_left, with_above, with_corner; /* all ones in the lanes of the rows whose filter looks there */
    __m256i average; /* all ones in the lanes of the rows that have this filter */
    __m256i left, corner; /* a, and three times c of the specification; 16 bits a channel, 64 bits a row */
    __m256i above; /* b; c is the b before */
} Wave;

__attribute__((target("avx2"))) static inline Wave wave_of(const uint8_t *const row[LANES]) {
    int64_t mask[4][LANES];
    Wave w;
    for (int r = 0; r < LANES; r++) {
        int filter = row[r][-1];
        mask[0][r] = filter == NONE || filter == UP ? 0 : -1;
        mask[1][r] = filter == NONE || filter == SUB ? 0 : -1;
        mask[2][r] = filter == PAETH ? -1 : 0;
        mask[3][r] = filter == AVERAGE ? -1 : 0;
    }
    w.with_left = _mm256_loadu_si256((const __m256i *)mask[0]);
    w.with_above = _mm256_loadu_si256((const __m256i *)mask[1]);
    w.with_corner = _mm256_loadu_si256((const __m256i *)mask[2]);
    w.average = _mm256_loadu_si256((const __m256i *)mask[3]);
    w.left = w.corner = w.above = _mm256_setzero_si256();
    return w;
}

/* The next pixel of each row: row r works one pixel behind row r − 1, so what is above it was just made. With zeros in
   place of what a filter does not look at, Paeth's choice is that of every filter but the average: of a and two zeros
   it is a. Which of a, b and c is nearest is known from 3c − a − b and the smaller and the larger of a and b. */
__attribute__((target("avx2"))) static inline void wave_step(Wave *w, __m256i raw, __m256i first_above) {
    __m256i over = _mm256_blend_epi32(_mm256_permute4x64_epi64(w->left, 0x90), first_above, 0x03);
    __m256i a = _mm256_and_si256(w->left, w->with_left), b = _mm256_and_si256(over, w->with_above);
    __m256i c = w->above, three = w->corner;
    __m256i low = _mm256_min_epi16(a, b), high = _mm256_max_epi16(a, b), sum = _mm256_add_epi16(a, b);
    __m256i bound = _mm256_sub_epi16(three, sum);
    __m256i near = _mm256_blendv_epi8(low, c, _mm256_cmpgt_epi16(high, bound));
    near = _mm256_blendv_epi8(high, near, _mm256_cmpgt_epi16(bound, low));
    near = _mm256_blendv_epi8(near, _mm256_srli_epi16(sum, 1), w->average);
    w->above = _mm256_and_si256(over, w->with_corner);
    w->corner = _mm256_add_epi16(w->above, _mm256_add_epi16(w->above, w->above));
    w->left = _mm256_add_epi8(raw, near);
}

/* Four steps at once are read and written as 16 bytes a row: SPREAD has a pixel every four bytes, JOINED closes them up;
   what is behind the pixels in the 16 bytes is read for nothing, and written before its own pixels are made. */
enum { STEPS = 4, ROOM = 6 }; /* ROOM: pixels that a row must still have for that */

typedef struct {
    __m128i spread, joined;
} Layout;

__attribute__((target("avx2"))) static inline Layout layout_of(size_t bpp) {
    Layout same = {_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                   _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)};
    Layout three = {_mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1),
                    _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)};
    return bpp == 4 ? same : three;
}

__attribute__((target("avx2"))) static inline __m128i four(const uint8_t *from, Layout layout) {
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)from), layout.spread);
}

/* Four pixels of each row, from column `at` in the first and one pixel less in each further one; one vector a step. */
__attribute__((target("avx2"))) static inline void taken(__m256i steps[STEPS], const uint8_t *const row[LANES],
                                                         size_t at, size_t bpp, Layout layout) {
    __m128i p0 = four(row[0] + at, layout), p1 = four(row[1] + at - bpp, layout);
    __m128i p2 = four(row[2] + at - 2 * bpp, layout), p3 = four(row[3] + at - 3 * bpp, layout);
    __m128i low01 = _mm_unpacklo_epi32(p0, p1), high01 = _mm_unpackhi_epi32(p0, p1);
    __m128i low23 = _mm_unpacklo_epi32(p2, p3), high23 = _mm_unpackhi_epi32(p2, p3);
    steps[0] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(low01, low23));
    steps[1] = _mm256_cvtepu8_epi16(_mm_unpackhi_epi64(low01, low23));
    steps[2] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(high01, high23));
    steps[3] = _mm256_cvtepu8_epi16(_mm_unpackhi_epi64(high01, high23));
}

/* The pixels that four steps made, to where `taken` had theirs from. */
__attribute__((target("avx2"))) static inline void stored(const __m256i steps[STEPS], uint8_t *const out[LANES],
                                                          size_t at, size_t bpp, Layout layout) {
    __m256i early = _mm256_shuffle_epi32(_mm256_packus_epi16(steps[0], steps[1]), 0xD8);
    __m256i late = _mm256_shuffle_epi32(_mm256_packus_epi16(steps[2], steps[3]), 0xD8);
    __m256i joined = _mm256_broadcastsi128_si256(layout.joined);
    __m256i even = _mm256_shuffle_epi8(_mm256_unpacklo_epi64(early, late), joined);
    __m256i odd = _mm256_shuffle_epi8(_mm256_unpackhi_epi64(early, late), joined);
    _mm_storeu_si128((__m128i *)(out[0] + at), _mm256_castsi256_si128(even));
    _mm_storeu_si128((__m128i *)(out[1] + at - bpp), _mm256_castsi256_si128(odd));
    _mm_storeu_si128((__m128i *)(out[2] + at - 2 * bpp), _mm256_extracti128_si256(even, 1));
    _mm_storeu_si128((__m128i *)(out[3] + at - 3 * bpp), _mm256_extracti128_si256(odd, 1));
}

static inline uint32_t pixel(const uint8_t *from, size_t bpp) {
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (bpp == 4 ? (uint32_t)from[3] << 24 : 0);
}

/* One step at the ends of the rows, where some have not begun or are done: lanes without a pixel are held at zero. */
__attribute__((target("avx2"))) static void edge_step(Wave *w, const uint8_t *const row[LANES], uint8_t *const *out,
                                                      size_t t, size_t count, size_t bpp, __m256i first_above) {
    int px[LANES], made[2 * LANES];
    int64_t active[LANES];
    for (size_t r = 0; r < LANES; r++) {
        active[r] = t >= r && t - r < count ? -1 : 0;
        px[r] = active[r] ? (int)pixel(row[r] + (t - r) * bpp, bpp) : 0;
    }
    wave_step(w, _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)px)), first_above);
    w->left = _mm256_and_si256(w->left, _mm256_loadu_si256((const __m256i *)active));
    _mm256_storeu_si256((__m256i *)made, _mm256_packus_epi16(w->left, w->left));
    static const int place[LANES] = {0, 1, 4, 5};
    for (size_t r = 0; r < LANES; r++) {
        if (active[r]) memcpy(out[r] + (t - r) * bpp, made + place[r], bpp);
    }
}

/* Eight rows of `count` pixels, bpp 3 or 4; `up` is the row above. */
__attribute__((target("avx2"))) static void eight_rows(const uint8_t *raw, size_t step, const uint8_t *up,
                                                       uint8_t *const out[ROWS], size_t count, size_t bpp) {
    const uint8_t *row[ROWS];
    for (size_t r = 0; r < ROWS; r++) row[r] = raw + r * step + 1;
    Wave first = wave_of(row), second = wave_of(row + LANES);
    Layout layout = layout_of(bpp);
    for (size_t t = 0; t < count + ROWS - 1;) {
        if (t >= ROWS - 1 && t + ROOM <= count) {
            __m256i upper[STEPS], lower[STEPS];
            __m256i over = _mm256_cvtepu8_epi16(four(up + t * bpp, layout));
            taken(upper, row, t * bpp, bpp, layout);
            taken(lower, row + LANES, (t - LANES) * bpp, bpp, layout);
            for (int k = 0; k < STEPS; k++) {
                /* Above the second vector's first row is what the first vector's last row made one step before. */
                __m256i carried = _mm256_permute4x64_epi64(first.left, 0x03);
                wave_step(&first, upper[k], over);
                wave_step(&second, lower[k], carried);
                upper[k] = first.left;
                lower[k] = second.left;
                over = _mm256_permute4x64_epi64(over, 0x39);
            }
            stored(upper, out, t * bpp, bpp, layout);
            stored(lower, out + LANES, (t - LANES) * bpp, bpp, layout);
            t += STEPS;
            continue;
        }
        __m256i carried = _mm256_permute4x64_epi64(first.left, 0x03);
        int over = t < count ? (int)pixel(up + t * bpp, bpp) : 0;
        __m256i wide_over = _mm256_castsi128_si256(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(over)));
        edge_step(&first, row, out, t, count, bpp, wide_over);
        if (t >= LANES) edge_step(&second, row + LANES, out + LANES, t - LANES, count, bpp, carried);
        t++;
    }
}

/* As many rows as come in eights; `up` is the row above the first. Returns rows done, −1 for an unknown filter. */
static Py_ssize_t waves(const uint8_t *raw, const uint8_t *up, uint8_t *out, size_t height, size_t n, size_t bpp) {
    size_t done = 0;
    for (; done + ROWS <= height; done += ROWS) {
        const uint8_t *group = raw + done * (n + 1);
        uint8_t *rows[ROWS];
        for (size_t r = 0; r < ROWS; r++) {
            if (group[r * (n + 1)] > PAETH) return -1;
            rows[r] = out + (done + r) * n;
        }
        eight_rows(group, n + 1, done ? out + (done - 1) * n : up, rows, n / bpp, bpp);
    }
    return (Py_ssize_t)done;
}
#endif

static int undo(const uint8_t *raw, uint8_t *out, size_t height, size_t n, size_t bpp, int simd) {
    size_t y = 0;
    uint8_t *zeros = calloc(n, 1);
    if (!zeros) return -2;
#ifdef HARNESS_X86
    if (simd && (bpp == 3 || bpp == 4) && n / bpp >= 2 * ROWS && __builtin_cpu_supports("avx2")) {
        Py_ssize_t done = waves(raw, zeros, out, height, n, bpp);
        if (done < 0) {
            free(zeros);
            return -1;
        }
        y = (size_t)done;
    }
#else
    (void)simd;
#endif
    for (; y < height; y++) {
        const uint8_t *row = raw + y * (n + 1);
        if (!plain_row(row[0], row + 1, y ? out + (y - 1) * n : zeros, out + y * n, n, bpp)) {
            free(zeros);
            return -1;
        }
    }
    free(zeros);
    return 0;
}

static PyObject *unfilter(PyObject *self, PyObject *args) {
    Py_buffer raw, out;
    Py_ssize_t n, bpp;
    int simd = 1, state = -3;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*w*nn|p:unfilter", &raw, &out, &n, &bpp, &simd)) return NULL;
    if (n > 0 && bpp > 0 && bpp <= 4 && n % bpp == 0 && out.len > 0 && out.len % n == 0 &&
        raw.len / (n + 1) == out.len / n && raw.len % (n + 1) == 0) {
        Py_BEGIN_ALLOW_THREADS
        state = undo(raw.buf, out.buf, (size_t)(out.len / n), (size_t)n, (size_t)bpp, simd);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&raw);
    PyBuffer_Release(&out);
    if (state == -2) return PyErr_NoMemory();
    if (state == -1) {
        PyErr_SetString(PyExc_ValueError, "a row has an unknown filter");
        return NULL;
    }
    if (state == -3) {
        PyErr_SetString(PyExc_ValueError, "the sizes of the buffers do not fit each other");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"unfilter", unfilter, METH_VARARGS,
     "unfilter(raw, out, row_bytes, bytes_per_pixel, simd=True)\n\n"
     "Undo the filters of PNG rows: raw holds a filter byte and row_bytes bytes a row, out gets the rows without it."},
    {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_png", "Undoing the filters of PNG rows.", 0, methods, slots,
                                    NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__png(void) { return PyModuleDef_Init(&module); }
