// SPDX-License-Identifier: GPL-2.0-only
#include "tests/bench/resolve/chain.h"

#include <chrono>
#include <stdexcept>
#include <sys/mman.h>

namespace famfs::bench {
namespace {

base::Memory huge_memory(std::uint64_t bytes) {
    auto memory = base::Memory::anonymous(bytes, "the chain");
    if (!memory)
        throw std::runtime_error(memory.error().message());
    ::madvise(memory->bytes().data(), bytes, MADV_HUGEPAGE);
    return std::move(*memory);
}

} // namespace

Chain::Chain(std::uint64_t files, const base::FileMap &sample)
    : meta_memory_(huge_memory(files * sizeof(Meta))),
      extent_memory_(huge_memory(files * sample.extents.size() * sizeof(Extent))) {
    metas_ = {reinterpret_cast<Meta *>(meta_memory_.bytes().data()), files};
    auto *next = reinterpret_cast<Extent *>(extent_memory_.bytes().data());
    for (Meta &meta : metas_) {
        meta = {.kind = sample.chunk != 0 ? 1U : 0U,
                .size = sample.size,
                .chunk = sample.chunk,
                .count = sample.extents.size(),
                .extents = next,
                .rest = {}};
        for (const base::Extent &extent : sample.extents)
            *next++ = {.address = extent.offset, .length = extent.length, .device = extent.device + 1U};
    }
}

std::uint64_t Chain::look_up(const question &question, __u64 &failed) const {
    const Meta &meta = metas_[question.nodeid - FIRST_NODEID];
    if (question.position >= meta.size) {
        ++failed;
        return 0;
    }
    if (meta.kind != 0) {
        const std::uint64_t chunk = question.position / meta.chunk;
        const Extent &strip = meta.extents[chunk % meta.count];
        return strip.address + chunk / meta.count * meta.chunk;
    }
    std::uint64_t left = question.position;
    for (std::uint64_t i = 0; i < meta.count; ++i) {
        if (left < meta.extents[i].length)
            return meta.extents[i].address;
        left -= meta.extents[i].length;
    }
    ++failed;
    return 0;
}

std::uint64_t Chain::run(loop_arguments &loop) const {
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t address = 0;
    for (std::uint64_t i = 0; i < loop.look_ups; ++i)
        address = look_up(next_question(&loop, i, &loop.state, address), loop.failed);
    return static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin).count());
}

} // namespace famfs::bench
