// SPDX-License-Identifier: GPL-2.0-only
#include "bpf/arena.h"
#include "loader/arena_space.h"
#include "loader/record_builder.h"
#include "loader/record_store.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <shared_mutex>

namespace famfs::loader {
namespace {

class ArenaStore final : public RecordStore {
public:
    ArenaStore(std::span<std::byte> memory, ArenaSpace space, std::vector<std::uint32_t> cookies,
               WaitForReaders wait)
        : memory_(memory), space_(space), cookies_(std::move(cookies)), wait_(std::move(wait)) {}

    base::Expected<void> publish(const FileMap &file) override;
    base::Expected<void> withdraw(std::uint64_t nodeid) override;
    [[nodiscard]] enum famfs_status resolve(std::uint64_t nodeid, std::uint64_t position,
                                            famfs_answer &answer) const override;
    [[nodiscard]] std::uint64_t published() const override { return published_; }

private:
    [[nodiscard]] bool is_published(std::uint64_t nodeid) const {
        return space_.has_record(nodeid) && space_.record(nodeid).nodeid != 0;
    }

    std::span<std::byte> memory_;
    ArenaSpace space_;
    std::vector<std::uint32_t> cookies_;
    WaitForReaders wait_;
    mutable std::shared_mutex readers_; ///< resolve() of other threads of this process
    std::atomic<std::uint64_t> published_ = 0;
};

/// Everything but `nodeid`, which comes last (bpf/abi.h).
void write_record(famfs_record &slot, const famfs_record &record) {
    slot.size = record.size;
    slot.generation = record.generation;
    slot.kind = record.kind;
    slot.chunk_shift = record.chunk_shift;
    slot.extents = record.extents;
    slot.extent = record.extent;
    slot.reserved = 0;
    __atomic_store_n(&slot.nodeid, record.nodeid, __ATOMIC_RELEASE);
}

base::Expected<void> ArenaStore::publish(const FileMap &file) {
    auto built = build_record(file, cookies_, std::numeric_limits<std::uint16_t>::max());
    if (!built)
        return std::unexpected(built.error());
    if (is_published(file.nodeid))
        return base::fail(EEXIST, "publish", "nodeid " + std::to_string(file.nodeid), "withdraw it first");
    if (auto room = space_.make_record(file.nodeid); !room)
        return room;
    if (!built->extents.empty()) {
        auto list = space_.make_list(built->extents.size());
        if (!list)
            return std::unexpected(list.error());
        std::ranges::copy(built->extents, space_.list(*list));
        built->record.list = *list;
    }
    write_record(space_.record(file.nodeid), built->record);
    ++published_;
    return {};
}

base::Expected<void> ArenaStore::withdraw(std::uint64_t nodeid) {
    if (nodeid == 0 || !is_published(nodeid))
        return base::fail(ENOENT, "withdraw", "nodeid " + std::to_string(nodeid), "it is not published");
    __atomic_store_n(&space_.record(nodeid).nodeid, 0, __ATOMIC_RELEASE);
    --published_;
    const std::unique_lock quiet(readers_);
    return wait_ ? wait_() : base::Expected<void>{};
}

enum famfs_status ArenaStore::resolve(std::uint64_t nodeid, std::uint64_t position,
                                      famfs_answer &answer) const {
    const std::shared_lock reading(readers_);
    return famfs_arena_look_up(reinterpret_cast<const char *>(memory_.data()), memory_.size(), nodeid,
                               position, &answer);
}

} // namespace

base::Expected<std::unique_ptr<RecordStore>>
make_arena_store(std::span<std::byte> memory, std::vector<std::uint32_t> cookies, WaitForReaders wait) {
    auto space = ArenaSpace::create(memory);
    if (!space)
        return std::unexpected(space.error());
    return std::make_unique<ArenaStore>(memory, *space, std::move(cookies), std::move(wait));
}

} // namespace famfs::loader
