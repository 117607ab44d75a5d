// SPDX-License-Identifier: GPL-2.0-only
// The checksum is the remainder of the message, as a polynomial over GF(2), times x^32, by P. Instead of bit
// by bit, the message is folded: 128 bits V that stand D bits before others may be replaced by V * x^D mod P,
// added to those, and a carry-less multiplication does that with two constants.
//
// Bits are reflected: bit 0 of the first byte is the highest power. So bit i of a word of n bits stands for
// x^(n-1-i), a shift to the right multiplies by x, and the product of two 64-bit words, which has 127 bits,
// comes out as if it were multiplied by x once more: the constants have one power less.
#include "daemon/media/format/crc32.h"

#include <array>
#include <cpuid.h>
#include <cstring>
#include <immintrin.h>
#include <zlib.h>

namespace famfs::media {

namespace {

/// P without x^32, which has no bit in 32.
constexpr std::uint32_t polynomial = 0xEDB88320;

constexpr std::uint32_t times_x(std::uint32_t value) {
    return value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
}

/// x^power mod P, in 64 bits.
constexpr std::uint64_t x_to(unsigned int power) {
    std::uint32_t value = 1U << 31; // x^0
    for (; power > 0; power--)
        value = times_x(value);
    return std::uint64_t{value} << 32;
}

/// x^64 / P, without the rest; 33 bits. The long division's next digit is the rest's highest bit.
constexpr std::uint64_t quotient_of_x64() {
    std::uint64_t quotient = 1;
    std::uint32_t rest = polynomial;
    for (int digit = 1; digit <= 32; digit++) {
        quotient |= std::uint64_t{rest & 1} << digit;
        rest = times_x(rest);
    }
    return quotient;
}

using Block = std::array<std::byte, 16>;

/// To move 128 bits by @distance bits: for their high powers (the low word) and for their low ones.
struct Fold {
    std::uint64_t high;
    std::uint64_t low;
};
constexpr Fold fold_by(unsigned int distance) {
    return {x_to(distance + 64 - 1), x_to(distance - 1)};
}
constexpr Fold one_block = fold_by(128);
constexpr Fold four_blocks = fold_by(512);

[[gnu::target("pclmul")]] inline __m128i load(const std::byte *bytes) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes));
}

[[gnu::target("pclmul")]] inline __m128i word(std::uint64_t value) {
    return _mm_cvtsi64_si128(static_cast<long long>(value));
}

[[gnu::target("pclmul")]] inline std::uint64_t low_word(__m128i value) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(value));
}

/// @value moved by @by, and @next added.
[[gnu::target("pclmul")]] inline __m128i fold(__m128i value, const Fold &by, __m128i next) {
    const __m128i constants = _mm_set_epi64x(static_cast<long long>(by.low), static_cast<long long>(by.high));
    const __m128i high = _mm_clmulepi64_si128(value, constants, 0x00);
    const __m128i low = _mm_clmulepi64_si128(value, constants, 0x11);
    return _mm_xor_si128(_mm_xor_si128(high, low), next);
}

/// @value * x^32 mod P: to 96 bits, to 64, then by Barrett, who divides by multiplying with the quotient.
[[gnu::target("pclmul")]] inline std::uint32_t reduce(__m128i value) {
    const __m128i low_powers = _mm_slli_si128(_mm_srli_si128(value, 8), 4);
    value = _mm_xor_si128(_mm_clmulepi64_si128(value, word(x_to(96 - 1)), 0x00), low_powers);
    value = _mm_xor_si128(_mm_clmulepi64_si128(value, word(x_to(64 - 1)), 0x00), value);
    const std::uint64_t rest = low_word(_mm_srli_si128(value, 8));
    const __m128i digits = _mm_clmulepi64_si128(word(rest & UINT32_MAX), word(quotient_of_x64()), 0x00);
    const __m128i multiple = _mm_clmulepi64_si128(word(low_word(digits) & UINT32_MAX),
                                                  word(std::uint64_t{polynomial} << 1 | 1), 0x00);
    return static_cast<std::uint32_t>((rest ^ low_word(multiple)) >> 32);
}

/// Below this zlib is as fast, and the first four blocks would not be full.
constexpr std::size_t shortest = 64;

/// Zeros before a message do not change its remainder, so they fill the first block. The format's CRC begins
/// with ones instead of zeros, which is as if the first 32 bits of the message were inverted.
[[gnu::target("pclmul")]] std::uint32_t by_folding(const std::byte *bytes, std::size_t length) {
    const std::size_t odd = length % sizeof(Block);
    const std::size_t first = sizeof(Block) - odd;
    std::array<std::byte, 2 * sizeof(Block)> head{};
    std::memcpy(head.data() + first, bytes, head.size() - first);
    for (std::size_t i = 0; i < sizeof(std::uint32_t); i++)
        head.at(first + i) ^= std::byte{0xFF};

    const std::byte *next = bytes + head.size() - first;
    const std::byte *end = bytes + length;
    __m128i lane0 = load(head.data());
    __m128i lane1 = load(head.data() + sizeof(Block));
    __m128i lane2 = load(next);
    __m128i lane3 = load(next + sizeof(Block));
    for (next += 2 * sizeof(Block); end - next >= std::ptrdiff_t{4 * sizeof(Block)};
         next += 4 * sizeof(Block)) {
        lane0 = fold(lane0, four_blocks, load(next));
        lane1 = fold(lane1, four_blocks, load(next + sizeof(Block)));
        lane2 = fold(lane2, four_blocks, load(next + 2 * sizeof(Block)));
        lane3 = fold(lane3, four_blocks, load(next + 3 * sizeof(Block)));
    }
    __m128i sum = fold(lane0, one_block, lane1);
    sum = fold(sum, one_block, lane2);
    sum = fold(sum, one_block, lane3);
    for (; next < end; next += sizeof(Block))
        sum = fold(sum, one_block, load(next));
    return ~reduce(sum);
}

/// CPUID leaf 1, ECX bit 1.
bool has_carry_less_multiplication() {
    unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1U << 1)) != 0;
}

} // namespace

std::uint64_t crc32_of(const void *bytes, std::size_t length) {
    static const bool folds = has_carry_less_multiplication();
    if (folds && length >= shortest)
        return by_folding(static_cast<const std::byte *>(bytes), length);
    return ::crc32(0, static_cast<const Bytef *>(bytes), static_cast<uInt>(length));
}

} // namespace famfs::media
