/* The loops of the kernel, compiled once for each instruction set: plain C that compilers turn into vectors.

   FN(name) gives each function its own name for each instruction set. Integer work is exact; floating point is
   element by element or in a fixed order, so every instruction set gives the same bits. */

/* Differences of one row of n levels, at most 4 × 8192, so that 32 bits hold all sums; `differs` gets their sizes, and
   `every` has 1 at the first of the c channels of each pixel, else 0. */
TARGET static void FN(differences)(const uint8_t *restrict a, const uint8_t *restrict b, size_t n, size_t c,
                                   const uint8_t *restrict every, uint8_t *restrict differs, Pair *pair) {
    uint8_t largest = (uint8_t)pair->max_abs;
    uint32_t sum = 0, squares = 0, changed = 0;
    size_t i = 0, pixel = 0;
#ifdef HARNESS_AVX2
    FN(Ints) zero = MM(set1_epi8)(0), most = zero, total = zero, square = zero, count = zero;
    for (; i + sizeof zero <= n; i += sizeof zero) {
        FN(Ints) x = LOAD(a + i), y = LOAD(b + i), delta = MM(add_epi8)(MM(subs_epu8)(x, y), MM(subs_epu8)(y, x));
        FN(Ints) low = MM(unpacklo_epi8)(delta, zero), high = MM(unpackhi_epi8)(delta, zero);
        STORE(differs + i, delta);
        most = MM(max_epu8)(most, delta);
        total = MM(add_epi32)(total, MM(sad_epu8)(delta, zero));
        square = MM(add_epi32)(square, MM(add_epi32)(MM(madd_epi16)(low, low), MM(madd_epi16)(high, high)));
    }
    uint8_t bytes[sizeof zero];
    uint32_t words[3][sizeof zero / 4];
    STORE(bytes, most);
    for (size_t k = 0; k < sizeof zero; k++) largest = bytes[k] > largest ? bytes[k] : largest;
#endif
    for (; i < n; i++) {
        uint8_t delta = (uint8_t)((a[i] > b[i] ? a[i] : b[i]) - (a[i] > b[i] ? b[i] : a[i]));
        differs[i] = delta;
        largest = delta > largest ? delta : largest;
        sum += delta;
        squares += (uint32_t)(delta * delta);
    }
#ifdef HARNESS_AVX2
    for (; pixel + sizeof zero <= n; pixel += sizeof zero) {
        FN(Ints) any = LOAD(differs + pixel);
        for (size_t k = 1; k < c; k++) any = MM(max_epu8)(any, LOAD(differs + pixel + k));
        count = MM(add_epi32)(count, MM(sad_epu8)(MM(min_epu8)(any, LOAD(every + pixel)), zero));
    }
    STORE(words[0], total);
    STORE(words[1], square);
    STORE(words[2], count);
    for (size_t k = 0; k < sizeof zero / 4; k++) sum += words[0][k], squares += words[1][k], changed += words[2][k];
#endif
    for (; pixel < n; pixel++) {
        uint8_t any = 0;
        for (size_t k = 0; k < c && every[pixel]; k++) any |= differs[pixel + k];
        changed += any != 0;
    }
    pair->max_abs = largest;
    pair->sum_abs += sum;
    pair->sum_square += squares;
    pair->changed += changed;
}

#ifdef HARNESS_AVX2
/* A row of both images to strips: blocks of 8 × 8 pairs of levels, each turned by three rounds of interleaving. */
TARGET static void FN(to_strips)(const Moving *m, const uint8_t *a, const uint8_t *b, uint16_t *to) {
    size_t step = m->length * m->c;
    for (size_t i = 0; i < m->n; i++) m->row[i] = (uint16_t)(a[i] | b[i] << 8);
    for (size_t k = 0; k < STRIPS; k += 8) {
        for (size_t j = 0; j < step + (WINDOW - 1) * m->c; j += 8) {
            __m128i from[8], turned[8];
            for (size_t i = 0; i < 8; i++) from[i] = _mm_loadu_si128((const __m128i *)(m->row + (k + i) * step + j));
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 4; i++) {
                    turned[2 * i] = _mm_unpacklo_epi16(from[i], from[i + 4]);
                    turned[2 * i + 1] = _mm_unpackhi_epi16(from[i], from[i + 4]);
                }
                memcpy(from, turned, sizeof from);
            }
            for (size_t i = 0; i < 8; i++) _mm_storeu_si128((__m128i *)(to + (j + i) * STRIPS + k), from[i]);
        }
    }
}

TARGET static INLINE FN(Doubles) FN(ratio)(FN(Doubles) m, FN(Doubles) n, FN(Doubles) p, FN(Doubles) q) {
    FN(Doubles) k1 = MM(set1_pd)(K1), k2 = MM(set1_pd)(K2);
    return MM(div_pd)(MM(mul_pd)(MM(add_pd)(m, k1), MM(add_pd)(n, k2)), MM(mul_pd)(MM(add_pd)(p, k1), MM(add_pd)(q, k2)));
}

TARGET static void FN(move)(const Moving *m, const uint8_t *a, const uint8_t *b, size_t y, int first,
                            double *restrict out) {
    size_t c = m->c, size = m->places * STRIPS, back = (WINDOW - 1) * c * STRIPS;
    uint16_t *newest = m->rows + y % 8 * size;
    const uint16_t *oldest = m->rows + (first ? 8 : (y + 1) % 8) * size;
    int32_t *restrict sums = m->sums, *restrict products = m->products, *restrict squares = m->squares;
    const FN(Ints) area = MM(set1_epi32)(m->area);
    FN(to_strips)(m, a, b, newest);
    for (size_t channel = 0; channel < c; channel++) {
        FN(Ints) sum = MM(set1_epi32)(0), product = sum, square = sum;
        for (size_t j = 0; j < m->length + WINDOW - 1; j++) {
            size_t at = (j * c + channel) * STRIPS;
            FN(Ints) in = LEVELS(newest + at), out_of = LEVELS(oldest + at), x, y, z;
            x = MM(add_epi32)(LOAD(sums + at), MM(sub_epi32)(in, out_of));
            y = MM(sub_epi32)(MM(madd_epi16)(in, SWAPPED(in)), MM(madd_epi16)(out_of, SWAPPED(out_of)));
            z = MM(sub_epi32)(MM(madd_epi16)(in, in), MM(madd_epi16)(out_of, out_of));
            y = MM(add_epi32)(LOAD(products + at), y);
            z = MM(add_epi32)(LOAD(squares + at), z);
            STORE(sums + at, x);
            STORE(products + at, y);
            STORE(squares + at, z);
            if (!out) continue;
            sum = MM(add_epi32)(sum, x);
            product = MM(add_epi32)(product, y);
            square = MM(add_epi32)(square, z);
            if (j < WINDOW - 1) continue;
            double *to = out + (at -= back);
            FN(Ints) top = MM(madd_epi16)(sum, SWAPPED(sum)), bottom = MM(madd_epi16)(sum, sum);
            FN(Ints) of_top = MM(sub_epi32)(MM(mullo_epi32)(product, area), top);
            FN(Ints) of_bottom = MM(sub_epi32)(MM(mullo_epi32)(square, area), bottom);
            FN(Doubles) low = FN(ratio)(LOWER(top), LOWER(of_top), LOWER(bottom), LOWER(of_bottom));
            FN(Doubles) high = FN(ratio)(UPPER(top), UPPER(of_top), UPPER(bottom), UPPER(of_bottom));
            MM(storeu_pd)(to, MM(add_pd)(MM(loadu_pd)(to), low));
            MM(storeu_pd)(to + STRIPS / 2, MM(add_pd)(MM(loadu_pd)(to + STRIPS / 2), high));
            sum = MM(sub_epi32)(sum, LOAD(sums + at));
            product = MM(sub_epi32)(product, LOAD(products + at));
            square = MM(sub_epi32)(square, LOAD(squares + at));
        }
    }
}
#else
/* The sum of the seven values of a window along a row. */
static INLINE int32_t FN(seven)(const int32_t *from, size_t c) {
    return from[0] + from[c] + from[2 * c] + from[3 * c] + from[4 * c] + from[5 * c] + from[6 * c];
}

TARGET static INLINE void FN(windows_of)(const Moving *m, size_t c, double *restrict out) {
    const int32_t *restrict sums = m->sums, *restrict products = m->products, *restrict squares = m->squares;
    for (size_t i = 0; i < m->length * c; i++) {
        int32_t sum = FN(seven)(sums + i, c);
        int16_t x = (int16_t)sum, y = (int16_t)(sum >> 16);
        int32_t top = 2 * x * y, bottom = x * x + y * y;
        int32_t of_top = WINDOW * WINDOW * FN(seven)(products + i, c) - top;
        int32_t of_bottom = WINDOW * WINDOW * FN(seven)(squares + i, c) - bottom;
        out[i] += ((double)top + K1) * ((double)of_top + K2) / (((double)bottom + K1) * ((double)of_bottom + K2));
    }
}

TARGET static void FN(slide)(const uint8_t *restrict a1, const uint8_t *restrict b1, const uint8_t *restrict a0,
                             const uint8_t *restrict b0, size_t n, int32_t *restrict sums, int32_t *restrict products,
                             int32_t *restrict squares) {
    for (size_t i = 0; i < n; i++) {
        int16_t x = a1[i], y = b1[i], u = a0[i], v = b0[i], dx = (int16_t)(x - u), dy = (int16_t)(y - v);
        sums[i] += dx + dy * 65536;
        products[i] += 2 * ((uint16_t)(x * y) - (uint16_t)(u * v));
        squares[i] += dx * (int16_t)(x + u) + dy * (int16_t)(y + v);
    }
}

TARGET static void FN(move)(const Moving *m, const uint8_t *a, const uint8_t *b, size_t y, int first, double *out) {
    (void)y;
    FN(slide)(a, b, first ? m->zeros : a - WINDOW * m->n, first ? m->zeros : b - WINDOW * m->n, m->n, m->sums, m->products,
              m->squares);
    if (!out) return;
    if (m->c == 3) FN(windows_of)(m, 3, out);
    else FN(windows_of)(m, m->c, out);
}
#endif

/* The sums of columns that belong to one block, in a fixed order. */
TARGET static double FN(total)(const double *restrict values, size_t n) {
    double part[8] = {0, 0, 0, 0, 0, 0, 0, 0}, rest = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int lane = 0; lane < 8; lane++) part[lane] += values[i + lane];
    }
    for (; i < n; i++) rest += values[i];
    return ((part[0] + part[4]) + (part[2] + part[6])) + ((part[1] + part[5]) + (part[3] + part[7])) + rest;
}

/* RGB to planes, grey as Pillow's convert("L"). */
TARGET static void FN(planes)(const uint8_t *restrict rgb, size_t n, uint8_t *restrict r, uint8_t *restrict g,
                              uint8_t *restrict b) {
    for (size_t i = 0; i < n; i++) {
        r[i] = rgb[3 * i];
        g[i] = rgb[3 * i + 1];
        b[i] = rgb[3 * i + 2];
    }
}

TARGET static void FN(grey)(const uint8_t *restrict r, const uint8_t *restrict g, const uint8_t *restrict b, size_t n,
                            int16_t *restrict grey, One *one) {
    int16_t low = (int16_t)one->low, high = (int16_t)one->high;
    for (size_t i = 0; i < n; i++) {
        int16_t level = (int16_t)((r[i] * 19595u + g[i] * 38470u + b[i] * 7471u + 0x8000u) >> 16);
        grey[i] = level;
        low = level < low ? level : low;
        high = level > high ? level : high;
    }
    one->low = low;
    one->high = high;
}

/* The bin of colorhash of each pixel, on Pillow's HSV without computing it: 0 black, 1 grey, 2 … 7 six hues faint,
   8 … 13 bright, 14 none (a saturation of exactly 170). The comparisons are those of Pillow's truncated floats. */
TARGET static void FN(bins)(const uint8_t *restrict r, const uint8_t *restrict g, const uint8_t *restrict b,
                            const int16_t *restrict grey, size_t n, uint8_t *restrict bin) {
    for (size_t i = 0; i < n; i++) {
        int16_t x = r[i], y = g[i], z = b[i];
        int16_t most = x > y ? x : y, least = x > y ? y : x;
        most = most > z ? most : z;
        least = least > z ? z : least;
        int16_t range = (int16_t)(most - least);
        int16_t red = x == most, green = (y == most) & !red;
        int16_t turn = red ? (int16_t)(y - z) : green ? (int16_t)(z - x) : (int16_t)(x - y);
        int16_t far = (int16_t)(turn * 85) < (int16_t)(range * -84);
        int16_t hue = red ? 0 : green ? 2 : 4;
        hue = (int16_t)(hue - (turn < 0) - far);
        hue = (int16_t)(hue < 0 ? hue + 6 : hue);
        int16_t bright = (int16_t)(range * 85) >= (int16_t)(most * 57);
        int16_t dull = (int16_t)(range * 3) >= (int16_t)(most * 2);
        int16_t kind = (int16_t)(bright ? hue + 8 : dull ? 14 : hue + 2);
        kind = (int16_t)(range * 3) < most ? 1 : kind;
        bin[i] = (uint8_t)(grey[i] < 32 ? 0 : kind);
    }
}

/* How often each of the 14 bins occurs. */
TARGET static void FN(count)(const uint8_t *restrict bin, size_t n, int64_t *restrict counts) {
    size_t i = 0;
#ifdef HARNESS_VECTORS
    typedef uint8_t Bytes __attribute__((vector_size(LANES)));
    while (n - i >= sizeof(Bytes)) {
        size_t rounds = (n - i) / sizeof(Bytes) < 255 ? (n - i) / sizeof(Bytes) : 255;
        for (int which = 0; which < COLORS; which++) {
            Bytes found = {0}, expected = {0}, now;
            uint8_t lanes[sizeof(Bytes)];
            expected += (uint8_t)which;
            for (size_t k = 0; k < rounds; k++) {
                memcpy(&now, bin + i + k * sizeof now, sizeof now);
                found -= (Bytes)(now == expected);
            }
            memcpy(lanes, &found, sizeof lanes);
            for (size_t lane = 0; lane < sizeof lanes; lane++) counts[which] += lanes[lane];
        }
        i += rounds * sizeof(Bytes);
    }
#endif
    for (; i < n; i++) {
        if (bin[i] < COLORS) counts[bin[i]]++;
    }
}

/* Add a row of levels to the sums of each column; at most 31 rows (the tallest block) fit 16 bits. */
TARGET static void FN(gather)(const uint8_t *restrict row, size_t n, uint16_t *restrict columns) {
    for (size_t i = 0; i < n; i++) columns[i] = (uint16_t)(columns[i] + row[i]);
}

/* The sums of each block and channel, from the sums of the columns, which are set to zero again. */
TARGET static void FN(spread)(uint16_t *restrict columns, size_t w, int64_t *restrict sums) {
    size_t across = blocks_of(w);
    for (size_t block = 0; block < across; block++) {
        size_t left = block * BLOCK, right = block + 1 < across ? left + BLOCK : w;
        uint32_t red = 0, green = 0, blue = 0;
        for (size_t x = left; x < right; x++) {
            red += columns[3 * x];
            green += columns[3 * x + 1];
            blue += columns[3 * x + 2];
        }
        sums[3 * block] = red;
        sums[3 * block + 1] = green;
        sums[3 * block + 2] = blue;
    }
    memset(columns, 0, w * 3 * sizeof *columns);
}

TARGET static uint32_t FN(sum8)(const uint8_t *restrict values, size_t n) {
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    return sum;
}

static inline uint8_t FN(clipped)(int32_t sum) {
    sum >>= 22;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One row reduced by the taps of an axis: Pillow's horizontal pass. Weights are split in a high and a low part of 16
   bits each, high × 2048 + low, so that products of 16-bit pairs add up to the same 32-bit sum. Each result has a
   whole number of TAPS weights, zeros at the end; the row has as many spare zeros behind it. */
TARGET static void FN(across)(const int16_t *restrict row, const Axis *axis, uint8_t *restrict out) {
    size_t taps = axis->taps, x = 0;
#ifdef HARNESS_AVX2
    for (; x + 4 <= axis->size; x += 4) {
        __m256i sums[4];
        for (size_t k = 0; k < 4; k++) {
            const int16_t *from = row + axis->first[x + k], *high = axis->high + (x + k) * taps;
            const int16_t *low = axis->low + (x + k) * taps;
            __m256i coarse = _mm256_setzero_si256(), fine = _mm256_setzero_si256();
            for (size_t i = 0; i < taps; i += 16) {
                __m256i levels = _mm256_loadu_si256((const __m256i *)(from + i));
                coarse = _mm256_add_epi32(coarse, _mm256_madd_epi16(levels, _mm256_loadu_si256((const __m256i *)(high + i))));
                fine = _mm256_add_epi32(fine, _mm256_madd_epi16(levels, _mm256_loadu_si256((const __m256i *)(low + i))));
            }
            sums[k] = _mm256_add_epi32(_mm256_slli_epi32(coarse, 11), fine);
        }
        __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
        __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        four = _mm_srai_epi32(_mm_add_epi32(four, _mm_set1_epi32(1 << 21)), 22);
        four = _mm_packus_epi16(_mm_packs_epi32(four, four), four);
        int bytes = _mm_cvtsi128_si32(four);
        memcpy(out + x, &bytes, 4);
    }
#endif
    for (; x < axis->size; x++) {
        const int16_t *from = row + axis->first[x], *high = axis->high + x * taps, *low = axis->low + x * taps;
        int32_t coarse = 0, fine = 0;
        for (size_t k = 0; k < taps; k++) {
            coarse += (int32_t)from[k] * high[k];
            fine += (int32_t)from[k] * low[k];
        }
        out[x] = FN(clipped)((int32_t)((1u << 21) + ((uint32_t)coarse << 11) + (uint32_t)fine));
    }
}

/* Pillow's vertical pass: rows of `width` bytes reduced to axis->size rows. `sums` has room for a row of int32. */
TARGET static void FN(down)(const uint8_t *restrict rows, size_t width, const Axis *axis, int32_t *restrict sums,
                            uint8_t *restrict out) {
    for (size_t y = 0; y < axis->size; y++) {
        const int16_t *high = axis->high + y * axis->taps, *low = axis->low + y * axis->taps;
        for (size_t x = 0; x < width; x++) sums[x] = 1 << 21;
        for (size_t k = 0; k < (size_t)axis->count[y]; k++) {
            int32_t weight = high[k] * 2048 + low[k];
            const uint8_t *from = rows + ((size_t)axis->first[y] + k) * width;
            for (size_t x = 0; x < width; x++) sums[x] += from[x] * weight;
        }
        for (size_t x = 0; x < width; x++) out[y * width + x] = FN(clipped)(sums[x]);
    }
}

/* Add what was found in strips to the windows of a row, in their order; `skip` says which do not count. */
TARGET static void FN(from_strips)(const Moving *m, const double *restrict strips, const uint8_t *skip,
                                   double *restrict columns) {
    for (size_t k = 0, i = 0; k < STRIPS; k++) {
        for (size_t j = 0; j < m->length * m->c && i < m->windows * m->c; j++, i++) {
            if (!skip || !skip[i / m->c]) columns[i] += strips[j * STRIPS + k];
        }
    }
}

/* Numbers of a pair of h × w × c levels. Returns 0, or −1 without memory. */
TARGET static int FN(pair)(const uint8_t *a, const uint8_t *b, size_t h, size_t w, size_t c, const uint8_t *skip,
                           Pair *out, double *sums, int64_t *counts) {
    size_t n = w * c, across = blocks_of(w), same = 0, waiting = 0, next = 0;
    Moving m = {.c = c, .n = n, .area = WINDOW * WINDOW};
    if (h >= WINDOW && w >= WINDOW) m.windows = w - WINDOW + 1;
    m.length = (m.windows + STRIPS - 1) / STRIPS;
    m.places = ((m.length + WINDOW - 1) * c + 7) / 8 * 8;
    size_t room = (m.places * STRIPS + n + 63) / 64 * 64;
    char *memory = calloc(room * (2 * 8 + 3 * 4 + 10 * 2 + 3) + 63, 1);
    if (!memory) return -1;
    double *columns = (double *)(memory + (-(uintptr_t)memory & 63)), *strips = columns + room;
    m.sums = (int32_t *)(strips + room), m.products = m.sums + room, m.squares = m.products + room;
    m.rows = (uint16_t *)(m.squares + room), m.row = m.rows + 9 * room;
    uint8_t *differs = (uint8_t *)(m.row + room), *every = differs + room;
    m.zeros = every + room;
    for (size_t i = 0; i < n; i += c) every[i] = 1;
    for (size_t y = 0; y < h; y++) {
        const uint8_t *a1 = a + y * n, *b1 = b + y * n;
        same = memcmp(a1, b1, n) ? 0 : same + 1;
        if (!same) {
            FN(differences)(a1, b1, n, c, every, differs, out);
        }
        if (!m.windows || y + 1 < WINDOW) continue;
        size_t center = y - WINDOW / 2, down = center / BLOCK;
        down = down < blocks_of(h) ? down : blocks_of(h) - 1;
        const uint8_t *left_out = skip ? skip + center * w + WINDOW / 2 : NULL;
        if (!skip && same >= WINDOW) {
            waiting++; /* nothing differs in any window of this row: each is exactly 1 */
        } else {
            size_t first = next == y ? y : y + 1 - WINDOW;
            if (first < y || y + 1 == WINDOW) memset(m.sums, 0, 3 * room * sizeof *m.sums);
            if (skip) memset(strips, 0, room * sizeof *strips);
            for (size_t row = first; row <= y; row++) {
                FN(move)(&m, a + row * n, b + row * n, row, first < y, row < y ? NULL : strips);
            }
            if (skip) FN(from_strips)(&m, strips, left_out, columns);
            next = y + 1;
        }
        int last = y + 1 == h || ((center + 1) % BLOCK == 0 && (center + 1) / BLOCK < blocks_of(h));
        if (last && !skip) {
            FN(from_strips)(&m, strips, NULL, columns);
            memset(strips, 0, room * sizeof *strips);
        }
        for (size_t block = 0; block < across; block++) {
            size_t left = block * BLOCK, right = block + 1 < across ? left + BLOCK : w;
            left = left < WINDOW / 2 ? 0 : left - WINDOW / 2;
            right = right > w - WINDOW / 2 ? m.windows : right - WINDOW / 2;
            size_t kept = (right - left) * c;
            for (size_t x = left; skip && x < right; x++) kept -= left_out[x] ? c : 0;
            counts[down * across + block] += (int64_t)kept;
            if (last) {
                double found = FN(total)(columns + left * c, (right - left) * c);
                sums[down * across + block] = found + (double)(waiting * (right - left) * c);
            }
        }
        if (last) {
            memset(columns, 0, n * sizeof *columns);
            waiting = 0;
        }
    }
    free(memory);
    return 0;
}

/* A row of levels reduced across, or only brought back to bytes when the axis stays as it is. */
TARGET static void FN(reduce_row)(const int16_t *restrict grey, size_t w, const Axis *axis, uint8_t *restrict out) {
    if (axis->size) {
        FN(across)(grey, axis, out);
        return;
    }
    for (size_t x = 0; x < w; x++) out[x] = (uint8_t)grey[x];
}

/* The other order, for tall images: all rows reduced down first, then each of the few that are left across. */
TARGET static void FN(reduce_tall)(const uint8_t *restrict plane, size_t w, const Target *target,
                                   uint8_t *restrict rows, int16_t *restrict row, int32_t *restrict line,
                                   uint8_t *restrict out) {
    FN(down)(plane, w, &target->y, line, rows);
    for (size_t y = 0; y < target->height; y++) {
        for (size_t x = 0; x < w; x++) row[x] = rows[y * w + x];
        FN(reduce_row)(row, w, &target->x, out + y * target->width);
    }
}

/* Numbers of one image of h × w × 3 levels, and its grey levels. Returns 0, or −1 without memory. */
TARGET static int FN(one)(const uint8_t *rgb, size_t h, size_t w, const Target targets[3], One *out, int64_t *sums,
                          uint8_t *plane) {
    size_t across = blocks_of(w), widest = w, cells = 0, side = targets[2].width, taps = 0;
    for (int t = 0; t < 3; t++) {
        const Target *target = &targets[t];
        cells += (target->tall ? target->height * w : h * target->width) + target->height * target->width;
        widest = target->width > widest ? target->width : widest;
        taps = target->x.taps > taps ? target->x.taps : taps;
    }
    size_t room = (w + taps + 127) & ~(size_t)63;
    char *memory = calloc(room * 12 + widest * 4 + cells, 1);
    if (!memory) return -1;
    int16_t *grey = (int16_t *)memory;
    uint16_t *columns = (uint16_t *)(grey + room);
    uint8_t *r = (uint8_t *)(columns + 3 * room), *g = r + room, *b = g + room, *bin = b + room;
    int32_t *line = (int32_t *)(bin + room);
    uint8_t *rows[3], *done[3], *at = (uint8_t *)(line + widest);
    for (int t = 0; t < 3; t++) {
        rows[t] = at;
        done[t] = at + (targets[t].tall ? targets[t].height * w : h * targets[t].width);
        at = done[t] + targets[t].height * targets[t].width;
    }
    out->low = 255;
    for (size_t y = 0; y < h; y++) {
        FN(planes)(rgb + y * w * 3, w, r, g, b);
        FN(grey)(r, g, b, w, grey, out);
        FN(bins)(r, g, b, grey, w, bin);
        FN(count)(bin, w, out->colors);
        FN(gather)(rgb + y * w * 3, w * 3, columns);
        size_t down = (y + 1) / BLOCK; /* blocks that are complete; the last takes the rows that remain */
        if (y + 1 == h || ((y + 1) % BLOCK == 0 && down < blocks_of(h))) {
            FN(spread)(columns, w, sums + ((down < blocks_of(h) ? down : blocks_of(h)) - (down > 0)) * across * 3);
        }
        for (int t = 0; t < 3; t++) {
            if (!targets[t].tall) FN(reduce_row)(grey, w, &targets[t].x, rows[t] + y * targets[t].width);
        }
        for (size_t x = 0; x < w; x++) plane[y * w + x] = (uint8_t)grey[x];
    }
    for (int t = 0; t < 3; t++) {
        const Target *target = &targets[t];
        if (target->tall) FN(reduce_tall)(plane, w, target, rows[t], grey, line, done[t]);
        else if (target->y.size) FN(down)(rows[t], target->width, &target->y, line, done[t]);
        else done[t] = rows[t];
    }
    memcpy(out->small, done[0], sizeof out->small);
    memcpy(out->strip, done[1], sizeof out->strip);
    size_t cell = side / 8;
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < 8; x++) out->haar[y / cell * 8 + x] += FN(sum8)(done[2] + y * side + x * cell, cell);
    }
    free(memory);
    return 0;
}

/* Add the differences of a row, and their sizes, to the sums of each column. */
TARGET static void FN(add_lightness)(const int16_t *restrict delta, size_t n, int32_t *restrict columns,
                                     int32_t *restrict sizes) {
    for (size_t i = 0; i < n; i++) {
        columns[i] += delta[i];
        sizes[i] += delta[i] < 0 ? -delta[i] : delta[i];
    }
}

/* The sums of the columns of each part of a row of parts; the last part takes the remainder. */
TARGET static void FN(gather_parts)(const int32_t *restrict columns, size_t w, size_t side, int64_t *restrict sums) {
    size_t parts = parts_of(w, side);
    for (size_t part = 0; part < parts; part++) {
        size_t right = part + 1 < parts ? (part + 1) * side : w;
        int64_t sum = 0;
        for (size_t x = part * side; x < right; x++) sum += columns[x];
        sums[part] = sum;
    }
}

#ifdef HARNESS_AVX512
/* The entries of a table of 256 for 32 levels. */
TARGET static INLINE __m512i FN(looked_up)(const __m512i table[8], const uint8_t *levels) {
    __m512i at = _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)levels));
    __mmask32 odd = _mm512_test_epi16_mask(at, _mm512_set1_epi16(64));
    __mmask32 upper = _mm512_test_epi16_mask(at, _mm512_set1_epi16(128));
    __m512i low = _mm512_mask_blend_epi16(odd, _mm512_permutex2var_epi16(table[0], at, table[1]),
                                          _mm512_permutex2var_epi16(table[2], at, table[3]));
    __m512i high = _mm512_mask_blend_epi16(odd, _mm512_permutex2var_epi16(table[4], at, table[5]),
                                           _mm512_permutex2var_epi16(table[6], at, table[7]));
    return _mm512_mask_blend_epi16(upper, low, high);
}
#endif

/* What a table of 256 has for the levels of b less what it has for those of a. */
TARGET static void FN(table_delta)(const uint8_t *a, const uint8_t *b, size_t n, const int16_t *table, int16_t *delta) {
    size_t x = 0;
#ifdef HARNESS_AVX512
    __m512i parts[8];
    for (int i = 0; i < 8; i++) parts[i] = _mm512_loadu_si512(table + 32 * i);
    for (; x + 32 <= n; x += 32) {
        __m512i found = _mm512_sub_epi16(FN(looked_up)(parts, b + x), FN(looked_up)(parts, a + x));
        _mm512_storeu_si512(delta + x, found);
    }
#endif
    for (; x < n; x++) delta[x] = (int16_t)(table[b[x]] - table[a[x]]);
}

/* Differences of lightness (b − a) of two planes of h × w grey levels: their sizes by block of `block` pixels, and their
   sums by cell of `cell` pixels. Returns 0, or −1 without memory. */
TARGET static int FN(lightness)(const uint8_t *a, const uint8_t *b, size_t h, size_t w, const int16_t *table,
                                size_t block, size_t cell, int64_t *blocks, int64_t *cells) {
    size_t room = (w + 127) & ~(size_t)63, down[2] = {parts_of(h, block), parts_of(h, cell)};
    char *memory = calloc(room, 2 * 4 + 2);
    if (!memory) return -1;
    int32_t *columns = (int32_t *)memory, *sizes = columns + room;
    int16_t *delta = (int16_t *)(sizes + room);
    for (size_t y = 0; y < h; y++) {
        const uint8_t *a1 = a + y * w, *b1 = b + y * w;
        if (memcmp(a1, b1, w)) {
            FN(table_delta)(a1, b1, w, table, delta);
            FN(add_lightness)(delta, w, columns, sizes);
        }
        if (y + 1 == h || ((y + 1) % block == 0 && (y + 1) / block < down[0])) {
            size_t at = y + 1 == h ? down[0] - 1 : (y + 1) / block - 1;
            FN(gather_parts)(sizes, w, block, blocks + at * parts_of(w, block));
            memset(sizes, 0, w * sizeof *sizes);
        }
        if (y + 1 == h || ((y + 1) % cell == 0 && (y + 1) / cell < down[1])) {
            size_t at = y + 1 == h ? down[1] - 1 : (y + 1) / cell - 1;
            FN(gather_parts)(columns, w, cell, cells + at * parts_of(w, cell));
            memset(columns, 0, w * sizeof *columns);
        }
    }
    free(memory);
    return 0;
}
