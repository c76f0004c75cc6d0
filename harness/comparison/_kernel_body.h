/* The loops of the kernel, compiled once for each instruction set: plain C that compilers turn into vectors, and
   vectors by name where they would not.

   FN(name) gives each function its own name for each instruction set. Integer work is exact; floating point is
   element by element or in a fixed order, so every instruction set gives the same bits. */

/* Differences of one row of n levels, at most 4 × 8192, so that 32 bits hold all sums. `differs` gets their sizes, and
   `every` has 1 at the first of the c channels of each pixel; both hold zeros behind the row. */
TARGET static void FN(differences)(const uint8_t *restrict a, const uint8_t *restrict b, size_t n, size_t c,
                                   const uint8_t *restrict every, uint8_t *restrict differs, Pair *pair) {
    uint8_t largest = (uint8_t)pair->max_abs;
    uint32_t sum = 0, squares = 0, changed = 0;
    size_t i = 0;
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
    for (size_t at = 0; at < n; at += sizeof zero) {
        FN(Ints) any = LOAD(differs + at);
        for (size_t k = 1; k < c; k++) any = MM(max_epu8)(any, LOAD(differs + at + k));
        count = MM(add_epi32)(count, MM(sad_epu8)(MM(min_epu8)(any, LOAD(every + at)), zero));
    }
    STORE(words[0], total);
    STORE(words[1], square);
    STORE(words[2], count);
    for (size_t k = 0; k < sizeof zero / 4; k++) sum += words[0][k], squares += words[1][k], changed += words[2][k];
#else
    (void)every;
    if (c == 3) {
        for (size_t x = 0; x < n / 3; x++) changed += (differs[3 * x] | differs[3 * x + 1] | differs[3 * x + 2]) != 0;
    } else {
        for (size_t at = 0; at < n; at += c) {
            uint8_t any = 0;
            for (size_t k = 0; k < c; k++) any |= differs[at + k];
            changed += any != 0;
        }
    }
#endif
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

/* (m + K1) (n + K2) / ((p + K1) (q + K2)) */
TARGET static INLINE FN(Doubles) FN(ratio)(FN(Doubles) m, FN(Doubles) n, FN(Doubles) p, FN(Doubles) q) {
    FN(Doubles) k1 = MM(set1_pd)(K1), k2 = MM(set1_pd)(K2);
    FN(Doubles) top = MM(mul_pd)(MM(add_pd)(m, k1), MM(add_pd)(n, k2));
    return MM(div_pd)(top, MM(mul_pd)(MM(add_pd)(p, k1), MM(add_pd)(q, k2)));
}

/* Let the sums move down to row y of the images; `first`: there is no row yet that leaves them. `out` gets the SSIM of
   the windows that end in row y, added up in strips; NULL when none is needed. */
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

/* Inlined with a known c, the seven addresses of a sum are one register and constants. */
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

/* Add a new row of n levels to the sums of each column and take the oldest away. */
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

/* The same as above, row by row: one strip is the row as it is. */
TARGET static void FN(move)(const Moving *m, const uint8_t *a, const uint8_t *b, size_t y, int first, double *out) {
    const uint8_t *a0 = first ? m->zeros : a - WINDOW * m->n, *b0 = first ? m->zeros : b - WINDOW * m->n;
    (void)y;
    FN(slide)(a, b, a0, b0, m->n, m->sums, m->products, m->squares);
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
                            int16_t *restrict wide, uint8_t *restrict grey, One *one) {
    uint8_t low = (uint8_t)one->low, high = (uint8_t)one->high;
    size_t i = 0;
#ifdef HARNESS_AVX2
    /* 38470 fits no 16 bits: half of it goes with red, half with blue. */
    const FN(Ints) zero = MM(set1_epi32)(0), half = MM(set1_epi32)(0x8000);
    const FN(Ints) red = MM(set1_epi32)(19235 << 16 | 19595), blue = MM(set1_epi32)(19235 << 16 | 7471);
    for (; i + sizeof zero <= n; i += sizeof zero) {
        FN(Ints) x = LOAD(r + i), y = LOAD(g + i), z = LOAD(b + i), words[2], sums[2];
        for (int k = 0; k < 2; k++) {
            FN(Ints) with_red = k ? MM(unpackhi_epi8)(x, y) : MM(unpacklo_epi8)(x, y);
            FN(Ints) with_blue = k ? MM(unpackhi_epi8)(z, y) : MM(unpacklo_epi8)(z, y);
            for (int j = 0; j < 2; j++) {
                FN(Ints) first = j ? MM(unpackhi_epi8)(with_red, zero) : MM(unpacklo_epi8)(with_red, zero);
                FN(Ints) other = j ? MM(unpackhi_epi8)(with_blue, zero) : MM(unpacklo_epi8)(with_blue, zero);
                sums[j] = MM(add_epi32)(MM(madd_epi16)(first, red), MM(add_epi32)(MM(madd_epi16)(other, blue), half));
            }
            words[k] = MM(packs_epi32)(MM(srli_epi32)(sums[0], 16), MM(srli_epi32)(sums[1], 16));
        }
        STORE(grey + i, MM(packus_epi16)(words[0], words[1]));
    }
#endif
    for (; i < n; i++) grey[i] = (uint8_t)((r[i] * 19595u + g[i] * 38470u + b[i] * 7471u + 0x8000u) >> 16);
    for (i = 0; i < n; i++) {
        wide[i] = grey[i];
        low = grey[i] < low ? grey[i] : low;
        high = grey[i] > high ? grey[i] : high;
    }
    one->low = low;
    one->high = high;
}

/* The bin of colorhash of each pixel, on Pillow's HSV without computing it: 0 black, 1 grey, 2 … 7 six hues faint,
   8 … 13 bright, 14 none (a saturation of exactly 170). The comparisons are those of Pillow's truncated floats, brought
   to differences that fit a byte: with least + range = most, 85 range ≥ 57 most says 28 range ≥ 57 least, and so on. */
TARGET static void FN(bins)(const uint8_t *restrict r, const uint8_t *restrict g, const uint8_t *restrict b,
                            const uint8_t *restrict grey, size_t n, uint8_t *restrict bin) {
    for (size_t i = 0; i < n; i++) {
        uint8_t x = r[i], y = g[i], z = b[i], most = x > y ? x : y, least = x > y ? y : x;
        most = most > z ? most : z;
        least = least > z ? z : least;
        uint8_t range = (uint8_t)(most - least), red = x == most, green = (y == most) & !red;
        uint8_t from = red ? y : green ? z : x, less = red ? z : green ? x : y; /* their difference turns the hue */
        uint8_t back = from < less, near = (uint8_t)(range - (uint8_t)(less - from));
        uint8_t far = back & (near < (uint8_t)((range > 0) + (range > 85) + (range > 170)));
        uint8_t hue = (uint8_t)((red ? 6 : green ? 2 : 4) - back - far);
        hue = hue > 5 ? (uint8_t)(hue - 6) : hue;
        uint8_t twice = range >= least, over = (uint8_t)(range - least); /* 2 least may not fit */
        uint8_t bright = twice & (over >= (uint8_t)(least + (least > 0) + (least > 28) + (least > 56)));
        uint8_t dull = twice & (over >= least), grayish = (uint8_t)(range << 1) < least && range < 128;
        uint8_t kind = bright ? (uint8_t)(hue + 8) : dull ? 14 : (uint8_t)(hue + 2);
        kind = grayish ? 1 : kind;
        bin[i] = grey[i] < 32 ? 0 : kind;
    }
}

/* How often each of the 14 bins occurs. */
TARGET static void FN(count)(const uint8_t *restrict bin, size_t n, int64_t *restrict counts) {
    size_t i = 0;
#ifdef HARNESS_AVX2
    while (n - i >= sizeof(__m256i)) {
        size_t rounds = (n - i) / sizeof(__m256i) < 255 ? (n - i) / sizeof(__m256i) : 255;
        __m256i found[COLORS];
        for (int which = 0; which < COLORS; which++) found[which] = _mm256_setzero_si256();
        for (; rounds; rounds--, i += sizeof(__m256i)) {
            __m256i now = _mm256_loadu_si256((const __m256i *)(bin + i));
            for (int which = 0; which < COLORS; which++) {
                found[which] = _mm256_sub_epi8(found[which], _mm256_cmpeq_epi8(now, _mm256_set1_epi8((char)which)));
            }
        }
        for (int which = 0; which < COLORS; which++) {
            int64_t parts[4];
            _mm256_storeu_si256((__m256i *)parts, _mm256_sad_epu8(found[which], _mm256_setzero_si256()));
            counts[which] += parts[0] + parts[1] + parts[2] + parts[3];
        }
    }
#endif
    uint32_t found[4][16] = {{0}}; /* side by side: each addition would wait for the last one to the same place */
    for (; i < n; i++) found[i % 4][bin[i] % 16]++;
    for (int which = 0; which < COLORS; which++) {
        counts[which] += found[0][which] + found[1][which] + found[2][which] + found[3][which];
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

/* Rows of `w` levels, at most ROWS, reduced by the taps of an axis: Pillow's horizontal pass. Weights are split in a
   high and a low part of 16 bits each, high × 2048 + low, so that products of 16-bit pairs add up to the same 32-bit
   sum. Each result has a whole number of TAPS weights, zeros at the end: what lies behind the last row counts for
   nothing, but has to be there. */
TARGET static void FN(across)(const int16_t *restrict grey, size_t w, size_t rows, const Axis *axis,
                              uint8_t *restrict out) {
    size_t size = axis->size, taps = axis->taps;
    for (size_t x = 0; x < size; x++) {
        const int16_t *from = grey + axis->first[x], *high = axis->high + x * taps, *low = axis->low + x * taps;
        uint8_t levels[ROWS];
#ifdef HARNESS_AVX2
        __m256i coarse[ROWS], fine[ROWS];
        for (int k = 0; k < ROWS; k++) coarse[k] = fine[k] = _mm256_setzero_si256();
        for (size_t i = 0; i < taps; i += TAPS) {
            __m256i by_high = _mm256_loadu_si256((const __m256i *)(high + i));
            __m256i by_low = _mm256_loadu_si256((const __m256i *)(low + i));
            for (int k = 0; k < ROWS; k++) {
                /* lddqu: compilers would load twice what is used twice */
                __m256i row = _mm256_lddqu_si256((const __m256i *)(from + (size_t)k * w + i));
                coarse[k] = _mm256_add_epi32(coarse[k], _mm256_madd_epi16(row, by_high));
                fine[k] = _mm256_add_epi32(fine[k], _mm256_madd_epi16(row, by_low));
            }
        }
        for (int k = 0; k < ROWS; k++) fine[k] = _mm256_add_epi32(fine[k], _mm256_slli_epi32(coarse[k], 11));
        __m256i pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(fine[0], fine[1]), _mm256_hadd_epi32(fine[2], fine[3]));
        __m128i all = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
        all = _mm_srai_epi32(_mm_add_epi32(all, _mm_set1_epi32(1 << 21)), 22);
        int bytes = _mm_cvtsi128_si32(_mm_packus_epi16(_mm_packs_epi32(all, all), all));
        memcpy(levels, &bytes, sizeof levels);
#else
        for (size_t k = 0; k < rows; k++) {
            int32_t coarse = 0, fine = 0;
            for (size_t i = 0; i < taps; i++) {
                coarse += (int32_t)from[k * w + i] * high[i];
                fine += (int32_t)from[k * w + i] * low[i];
            }
            levels[k] = FN(clipped)((int32_t)((1u << 21) + ((uint32_t)coarse << 11) + (uint32_t)fine));
        }
#endif
        for (size_t k = 0; k < ROWS; k++) {
            if (k < rows) out[k * size + x] = levels[k];
        }
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

/* Numbers of a pair of h × w × c levels, SSIM where they have no alpha. Returns 0, or −1 without memory. */
TARGET static int FN(pair)(const uint8_t *a, const uint8_t *b, size_t h, size_t w, size_t c, const uint8_t *skip,
                           Pair *out, double *sums, int64_t *counts) {
    size_t n = w * c, across = blocks_of(w), same = 0, waiting = 0, next = 0;
    Moving m = {.c = c, .n = n, .area = WINDOW * WINDOW};
    if (h >= WINDOW && w >= WINDOW && c < 4) m.windows = w - WINDOW + 1; /* with alpha there is no SSIM of colors */
    m.length = (m.windows + STRIPS - 1) / STRIPS;
    m.places = ((m.length + WINDOW - 1) * c + 7) / 8 * 8;
    size_t room = (m.places * STRIPS + n + LINE - 1) / LINE * LINE;
    char *memory = calloc(room * (2 * 8 + 3 * 4 + 10 * 2 + 3) + LINE, 1);
    if (!memory) return -1;
    double *columns = (double *)aligned_to_line(memory), *strips = columns + room;
    m.sums = (int32_t *)(strips + room), m.products = m.sums + room, m.squares = m.products + room;
    m.rows = (uint16_t *)(m.squares + room), m.row = m.rows + 9 * room;
    uint8_t *differs = (uint8_t *)(m.row + room), *every = differs + room;
    m.zeros = every + room;
    for (size_t i = 0; i < n; i += c) every[i] = 1;
    for (size_t y = 0; y < h; y++) {
        const uint8_t *a1 = a + y * n, *b1 = b + y * n;
        same = memcmp(a1, b1, n) ? 0 : same + 1;
        if (!same) FN(differences)(a1, b1, n, c, every, differs, out);
        if (!m.windows || y + 1 < WINDOW) continue;
        size_t center = y - WINDOW / 2, down = center / BLOCK;
        down = down < blocks_of(h) ? down : blocks_of(h) - 1;
        const uint8_t *left_out = skip ? skip + center * w + WINDOW / 2 : NULL;
        if (!skip && same >= WINDOW) {
            waiting++; /* nothing differs in any window of this row: each is exactly 1 */
        } else {
            size_t first = next == y ? y : y + 1 - WINDOW; /* behind rows that were left out the sums begin anew */
            if (first < y) memset(m.sums, 0, 3 * room * sizeof *m.sums);
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

/* Some rows of an image, from row y on: added to what is found of it, and reduced across. */
TARGET static void FN(rows)(const Side *side, const uint8_t *rgb, size_t h, size_t w, size_t y, size_t rows,
                            const Target targets[3], One *out, int64_t *sums) {
    size_t n = rows * w, down = (y + rows) / BLOCK; /* blocks that are complete; the last takes the rows that remain */
    uint8_t *grey = side->plane + y * w;
    FN(planes)(rgb, n, side->r, side->g, side->b);
    FN(grey)(side->r, side->g, side->b, n, side->grey, grey, out);
    FN(bins)(side->r, side->g, side->b, grey, n, side->bin);
    FN(count)(side->bin, n, out->colors);
    for (size_t row = 0; row < rows; row++) FN(gather)(rgb + row * w * 3, w * 3, side->columns);
    if (y + rows == h || ((y + rows) % BLOCK == 0 && down < blocks_of(h))) {
        size_t at = (down < blocks_of(h) ? down : blocks_of(h)) - (down > 0);
        FN(spread)(side->columns, w, sums + at * blocks_of(w) * 3);
    }
    for (int t = 0; t < 3; t++) {
        const Target *target = &targets[t];
        uint8_t *to = side->rows[t] + y * target->width;
        if (!target->tall && target->x.size) FN(across)(side->grey, w, rows, &target->x, to);
    }
}

/* The same for the other order, for tall images: all rows reduced down first, then each of the few left across. */
TARGET static void FN(reduce_tall)(const Side *side, size_t w, const Target *target, uint8_t *restrict rows,
                                   uint8_t *restrict out) {
    FN(down)(side->plane, w, &target->y, side->line, rows);
    for (size_t y = 0; y < target->height; y++) {
        for (size_t x = 0; x < w; x++) side->grey[x] = rows[y * w + x];
        if (target->x.size) FN(across)(side->grey, w, 1, &target->x, out + y * target->width);
        else memcpy(out + y * w, rows + y * w, w);
    }
}

/* Numbers of one image of h × w × 3 levels; its grey levels stay in side->plane. */
TARGET static void FN(one)(const Side *side, const uint8_t *rgb, size_t h, size_t w, const Target targets[3], One *out,
                           int64_t *sums) {
    const uint8_t *done[3];
    size_t square = targets[2].width, cell = square / 8;
    memset(side->columns, 0, 3 * w * sizeof *side->columns);
    memset(out, 0, sizeof *out);
    out->low = 255;
    for (size_t y = 0; y < h; y += ROWS) {
        FN(rows)(side, rgb + y * w * 3, h, w, y, h - y < ROWS ? h - y : ROWS, targets, out, sums);
    }
    for (int t = 0; t < 3; t++) {
        const Target *target = &targets[t];
        uint8_t *rows = side->rows[t], *reduced = rows + (target->tall ? target->height * w : h * target->width);
        const uint8_t *narrow = target->x.size ? rows : side->plane;
        done[t] = target->tall || target->y.size ? reduced : narrow;
        if (target->tall) FN(reduce_tall)(side, w, target, rows, reduced);
        else if (target->y.size) FN(down)(narrow, target->width, &target->y, side->line, reduced);
    }
    memcpy(out->small, done[0], sizeof out->small);
    memcpy(out->strip, done[1], sizeof out->strip);
    for (size_t y = 0; y < square; y++) {
        for (size_t x = 0; x < 8; x++) out->haar[y / cell * 8 + x] += FN(sum8)(done[2] + y * square + x * cell, cell);
    }
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
TARGET static INLINE void FN(parts_of)(const int32_t *restrict columns, size_t w, size_t side, int64_t *restrict sums) {
    size_t last = parts_of(w, side) - 1;
    int32_t sum = 0;
    for (size_t part = 0; part < last; part++) {
        sum = 0;
        for (size_t x = 0; x < side; x++) sum += columns[part * side + x];
        sums[part] = sum;
    }
    sum = 0;
    for (size_t x = last * side; x < w; x++) sum += columns[x];
    sums[last] = sum;
}

TARGET static void FN(gather_parts)(const int32_t *columns, size_t w, size_t side, int64_t *sums) {
    if (side == 8) FN(parts_of)(columns, w, 8, sums);
    else if (side == 4) FN(parts_of)(columns, w, 4, sums);
    else FN(parts_of)(columns, w, side, sums);
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

/* Differences of lightness (b − a) of two planes of h × w grey levels: their sizes by block, and their sums by cell. */
TARGET static void FN(lightness)(const Side *side, const uint8_t *a, const uint8_t *b, size_t h, size_t w,
                                 const Colors *colors) {
    const size_t *sides = colors->sides, down[2] = {parts_of(h, sides[0]), parts_of(h, sides[1])};
    int32_t *const columns[2] = {side->sizes, side->deltas};
    for (int k = 0; k < 2; k++) memset(columns[k], 0, w * sizeof *columns[k]);
    for (size_t y = 0; y < h; y++) {
        const uint8_t *a1 = a + y * w, *b1 = b + y * w;
        if (memcmp(a1, b1, w)) {
            FN(table_delta)(a1, b1, w, colors->table, side->grey);
            FN(add_lightness)(side->grey, w, side->deltas, side->sizes);
        }
        for (int k = 0; k < 2; k++) {
            size_t part = (y + 1) / sides[k];
            if (y + 1 != h && ((y + 1) % sides[k] || part >= down[k])) continue;
            part = y + 1 == h ? down[k] : part;
            FN(gather_parts)(columns[k], w, sides[k], colors->sums[k] + (part - 1) * parts_of(w, sides[k]));
            memset(columns[k], 0, w * sizeof *columns[k]);
        }
    }
}

/* Numbers of one image of h × w × 3 levels, or of two and how their colors differ. Returns 0, or −1 without memory. */
TARGET static int FN(seen)(const uint8_t *a, const uint8_t *b, size_t h, size_t w, const Target targets[3], One *found,
                           Colors *colors) {
    size_t blocks = 3 * blocks_of(h) * blocks_of(w), cells = 0, taps = 0, n = ROWS * w, widest = w, plane = h * w;
    for (int t = 0; t < 3; t++) {
        const Target *target = &targets[t];
        cells += (target->tall ? target->height * w : h * target->width) + target->height * target->width;
        widest = target->width > widest ? target->width : widest;
        taps = target->x.taps > taps ? target->x.taps : taps;
    }
    size_t numbers = 2 * blocks * 8 + (widest + 2 * w) * 4 + (3 * w + n + taps) * 2;
    char *memory = malloc(numbers + 4 * n + 2 * plane + cells + LINE);
    if (!memory) return -1;
    Side side;
    int64_t *sums = (int64_t *)aligned_to_line(memory);
    side.line = (int32_t *)(sums + 2 * blocks), side.sizes = side.line + widest;
    side.deltas = side.sizes + w;
    side.grey = (int16_t *)(side.deltas + w);
    side.columns = (uint16_t *)(side.grey + n + taps);
    side.r = (uint8_t *)(side.columns + 3 * w), side.g = side.r + n, side.b = side.g + n, side.bin = side.b + n;
    uint8_t *at = side.plane = side.bin + n;
    at += 2 * plane;
    for (int t = 0; t < 3; t++) {
        const Target *target = &targets[t];
        side.rows[t] = at;
        at += (target->tall ? target->height * w : h * target->width) + target->height * target->width;
    }
    memset(side.grey, 0, (n + taps) * sizeof *side.grey);
    FN(one)(&side, a, h, w, targets, &found[0], sums);
    if (b) {
        uint8_t *first = side.plane;
        side.plane += plane;
        FN(one)(&side, b, h, w, targets, &found[1], sums + blocks);
        FN(lightness)(&side, first, side.plane, h, w, colors);
        colors->delta_e = largest_delta(sums, sums + blocks, h, w, colors->linear, colors->matrix);
    }
    free(memory);
    return 0;
}
