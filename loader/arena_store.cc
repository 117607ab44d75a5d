// SPDX-License-Identifier: GPL-2.0-only
#include "base/try.h"
#include "bpf/arena.h"
#include "loader/arena_space.h"
#include "loader/record_builder.h"
#include "loader/record_store.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace famfs::loader {
namespace {

class ArenaStore final : public RecordStore {
public:
    ArenaStore(std::span<std::byte> memory, ArenaSpace space, std::vector<std::uint32_t> cookies,
               WaitForReaders wait)
        : memory_(memory), space_(std::move(space)), cookies_(std::move(cookies)), wait_(std::move(wait)) {}

    base::Expected<void> publish(std::span<const base::FileMap> files) override;
    base::Expected<void> withdraw(std::span<const std::uint64_t> nodeids) override;
    [[nodiscard]] enum famfs_status resolve(std::uint64_t nodeid, std::uint64_t position,
                                            famfs_answer &answer) const override;
    [[nodiscard]] std::uint64_t published() const override { return published_; }
    [[nodiscard]] Room room() const override {
        return {.most_files = memory_.size() / FAMFS_RECORD_SIZE - 1,
                .bytes = populated_,
                .most_bytes = memory_.size()};
    }

private:
    struct List {
        std::uint64_t offset = 0;
        std::size_t elements = 0;
    };

    base::Expected<void> publish_one(const base::FileMap &file);
    base::Expected<void> store_list(BuiltRecord &built);
    base::Expected<void> hide(std::uint64_t nodeid);
    [[nodiscard]] bool is_published(std::uint64_t nodeid) const {
        return space_.has_record(nodeid) && space_.record(nodeid).nodeid != 0;
    }

    std::span<std::byte> memory_;
    ArenaSpace space_;
    std::vector<std::uint32_t> cookies_;
    WaitForReaders wait_;
    mutable std::shared_mutex readers_; ///< resolve() of other threads of this process
    std::atomic<std::uint64_t> published_ = 0;
    std::atomic<std::uint64_t> populated_ = 0;
    std::unordered_map<std::uint64_t, List> lists_; ///< by nodeid; the records themselves others can write
};

/// Everything but `nodeid`, which comes last (bpf/abi.h).
void write_record(famfs_record &slot, const famfs_record &record) {
    constexpr std::size_t beyond = sizeof(record.nodeid);
    std::memcpy(reinterpret_cast<std::byte *>(&slot) + beyond,
                reinterpret_cast<const std::byte *>(&record) + beyond, sizeof(record) - beyond);
    __atomic_store_n(&slot.nodeid, record.nodeid, __ATOMIC_RELEASE);
}

base::Expected<void> ArenaStore::publish(std::span<const base::FileMap> files) {
    for (const base::FileMap &file : files) {
        FAMFS_TRY(publish_one(file));
    }
    return {};
}

base::Expected<void> ArenaStore::publish_one(const base::FileMap &file) {
    BuiltRecord built = FAMFS_TRY(build_record(file, cookies_));
    if (is_published(file.nodeid))
        return base::fail(EEXIST, "publish", "nodeid " + std::to_string(file.nodeid), "withdraw it first");
    FAMFS_TRY(space_.make_record(file.nodeid));
    if (!built.elements.empty()) {
        FAMFS_TRY(store_list(built));
    }
    write_record(space_.record(file.nodeid), built.record);
    ++published_;
    populated_ = space_.populated();
    return {};
}

base::Expected<void> ArenaStore::store_list(BuiltRecord &built) {
    auto list = FAMFS_TRY(space_.make_list(built.elements.size()));
    std::ranges::copy(built.elements, space_.list(list));
    built.record.list = list;
    lists_[built.record.nodeid] = {.offset = list, .elements = built.elements.size()};
    return {};
}

base::Expected<void> ArenaStore::hide(std::uint64_t nodeid) {
    if (nodeid == 0 || !is_published(nodeid))
        return base::fail(ENOENT, "withdraw", "nodeid " + std::to_string(nodeid), "it is not published");
    __atomic_store_n(&space_.record(nodeid).nodeid, 0, __ATOMIC_RELEASE);
    --published_;
    return {};
}

base::Expected<void> ArenaStore::withdraw(std::span<const std::uint64_t> nodeids) {
    base::Expected<void> hidden;
    std::size_t count = 0;
    while (hidden && count < nodeids.size()) {
        hidden = hide(nodeids[count]);
        count += hidden ? 1 : 0;
    }
    {
        const std::unique_lock quiet(readers_);
        if (wait_)
            FAMFS_TRY(wait_()); // if not, their lists stay taken: somebody may still read them
    }
    for (const std::uint64_t nodeid : nodeids.first(count)) {
        if (const auto list = lists_.extract(nodeid))
            space_.free_list(list.mapped().offset, list.mapped().elements);
    }
    return hidden;
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
    auto space = FAMFS_TRY(ArenaSpace::create(memory));
    return std::make_unique<ArenaStore>(memory, std::move(space), std::move(cookies), std::move(wait));
}

} // namespace famfs::loader
