// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/write_back.h"

#include <atomic>
#include <cpuid.h>
#include <cstdint>
#include <immintrin.h>

#ifndef __x86_64__
#error "cache-line write-back is written for x86-64, as the media format is"
#endif

namespace famfs::media {

namespace {

using FlushLine = void (*)(const char *line);

__attribute__((target("clwb"))) void flush_clwb(const char *line) {
    _mm_clwb(const_cast<char *>(line));
}
__attribute__((target("clflushopt"))) void flush_clflushopt(const char *line) {
    _mm_clflushopt(const_cast<char *>(line));
}
void flush_clflush(const char *line) {
    _mm_clflush(line);
}

struct Instruction {
    const char *name;
    FlushLine flush;
    std::uintptr_t line_size; ///< bytes
};

/// CPUID leaf 7: EBX bit 24 is CLWB (keeps the line in the cache), bit 23 CLFLUSHOPT (unordered). Leaf 1: EBX
/// bits 8 to 15 are the line's size in units of 8 bytes; every x86-64 has CLFLUSH.
Instruction choose() {
    unsigned int eax = 0, ebx = 0, ecx = 0, edx = 0;
    Instruction instruction{"clflush", flush_clflush, 64};
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && ((ebx >> 8) & 0xFF) != 0)
        instruction.line_size = std::uintptr_t{(ebx >> 8) & 0xFF} * 8;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0)
        return instruction;
    if ((ebx & (1U << 24)) != 0)
        return {"clwb", flush_clwb, instruction.line_size};
    if ((ebx & (1U << 23)) != 0)
        return {"clflushopt", flush_clflushopt, instruction.line_size};
    return instruction;
}

const Instruction &chosen() {
    static const Instruction instruction = choose();
    return instruction;
}

class ToMemory : public WriteBack {
public:
    void lines(std::span<const std::byte> bytes) override {
        const Instruction &instruction = chosen();
        const auto *start = reinterpret_cast<const char *>(bytes.data());
        const auto *end = start + bytes.size();
        start -= reinterpret_cast<std::uintptr_t>(start) % instruction.line_size;
        for (; start < end; start += instruction.line_size)
            instruction.flush(start);
    }
    void fence() override { _mm_sfence(); }
};

class ToPageCache : public WriteBack {
public:
    void lines(std::span<const std::byte> /*bytes*/) override {}
    void fence() override { std::atomic_thread_fence(std::memory_order_seq_cst); }
};

} // namespace

std::unique_ptr<WriteBack> write_back_to_memory() {
    return std::make_unique<ToMemory>();
}
std::unique_ptr<WriteBack> write_back_to_page_cache() {
    return std::make_unique<ToPageCache>();
}
std::string_view write_back_instruction() {
    return chosen().name;
}

} // namespace famfs::media
