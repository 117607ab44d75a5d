// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/bitmap.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace famfs::media {

namespace {

constexpr std::uint64_t word_bits = 64;

/// Bits [from, to) of a word; 0 <= from < to <= 64.
constexpr std::uint64_t mask(std::uint64_t from, std::uint64_t to) {
    return (~0ULL << from) & (~0ULL >> (word_bits - to));
}

} // namespace

Bitmap::Bitmap(std::uint64_t bits) : bits_(bits), words_((bits + word_bits - 1) / word_bits) {}

void Bitmap::change(std::uint64_t first, std::uint64_t count, bool to) {
    first = std::min(first, bits_);
    const std::uint64_t end = first + std::min(count, bits_ - first);
    while (first < end) {
        const std::uint64_t word = first / word_bits;
        const std::uint64_t until = std::min(end, (word + 1) * word_bits);
        const std::uint64_t bits = mask(first % word_bits, until - word * word_bits);
        words_[word] = to ? words_[word] | bits : words_[word] & ~bits;
        first = until;
    }
}

std::uint64_t Bitmap::count_clear() const {
    return std::accumulate(words_.begin(), words_.end(), bits_, [](std::uint64_t clear, std::uint64_t word) {
        return clear - static_cast<std::uint64_t>(std::popcount(word));
    });
}

std::uint64_t Bitmap::next(std::uint64_t from, std::uint64_t to, bool clear) const {
    to = std::min(to, bits_);
    while (from < to) {
        const std::uint64_t word = from / word_bits;
        const std::uint64_t wanted = (clear ? ~words_[word] : words_[word]) & (~0ULL << from % word_bits);
        if (wanted != 0)
            return std::min(to, word * word_bits + static_cast<std::uint64_t>(std::countr_zero(wanted)));
        from = (word + 1) * word_bits;
    }
    return to;
}

std::optional<std::uint64_t> Bitmap::find_run(std::uint64_t from, std::uint64_t to,
                                              std::uint64_t count) const {
    to = std::min(to, bits_);
    for (std::uint64_t start = next_clear(from, to); start < to; start = next_clear(start, to)) {
        if (count > to - start)
            return {};
        const std::uint64_t end = next_set(start, start + count);
        if (end == start + count)
            return start;
        start = end;
    }
    return {};
}

} // namespace famfs::media
