// SPDX-License-Identifier: GPL-2.0-only
#include "loader/hash_store.h"

#include "bpf/mapping.h"
#include "loader/record_builder.h"

#include <algorithm>
#include <atomic>
#include <bpf/bpf.h>
#include <chrono>
#include <thread>

namespace famfs::loader {
namespace {

class HashStore final : public RecordStore {
public:
    HashStore(int files_map, int extents_map, std::vector<std::uint32_t> cookies, WaitForReaders wait)
        : files_(files_map), extents_(extents_map), cookies_(std::move(cookies)), wait_(std::move(wait)) {}

    base::Expected<void> publish(const FileMap &file) override;
    base::Expected<void> withdraw(std::uint64_t nodeid) override;
    [[nodiscard]] enum famfs_status resolve(std::uint64_t nodeid, std::uint64_t position,
                                            famfs_answer &answer) const override;
    [[nodiscard]] std::uint64_t published() const override { return published_; }

private:
    base::Expected<void> insert_extents(BuiltRecord &built) const;

    int files_;
    int extents_;
    std::vector<std::uint32_t> cookies_;
    WaitForReaders wait_;
    std::atomic<std::uint64_t> published_ = 0;
};

const char *hint_for(int code) {
    switch (code) {
    case EEXIST:
        return "withdraw it first";
    case E2BIG:
        return "the map holds as many files as it was made for";
    case EBUSY:
        return "the kernel is still resizing the map; try again";
    case ENOMEM:
        return "the kernel has no memory for the map, or this control group may not have more";
    default:
        return "";
    }
}

/// Inserts, never replaces. EBUSY (a resize under way) and ENOMEM (the map's reserve is being refilled) pass
/// by themselves in a moment if they pass at all (kernel lib/rhashtable.c, kernel/bpf/memalloc.c).
base::Expected<void> insert(int map, std::uint64_t key, const void *value, const char *name) {
    constexpr int tries = 50;
    for (int i = 1;; ++i) {
        if (bpf_map_update_elem(map, &key, value, BPF_NOEXIST) == 0)
            return {};
        const int code = errno;
        if ((code != EBUSY && code != ENOMEM) || i == tries)
            return base::fail(code, "insert nodeid " + std::to_string(key) + " into map", name,
                              hint_for(code));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

base::Expected<void> HashStore::insert_extents(BuiltRecord &built) const {
    famfs_extent_block block{};
    std::ranges::copy(built.extents, block.extent);
    built.record.list = built.record.nodeid;
    return insert(extents_, built.record.list, &block, "extents");
}

base::Expected<void> HashStore::publish(const FileMap &file) {
    auto built = build_record(file, cookies_, FAMFS_EXTENTS_PER_BLOCK);
    if (!built)
        return std::unexpected(built.error());
    const bool referenced = !built->extents.empty();
    if (referenced) {
        if (auto inserted = insert_extents(*built); !inserted)
            return inserted;
    }
    if (auto inserted = insert(files_, file.nodeid, &built->record, "files"); !inserted) {
        if (referenced)
            bpf_map_delete_elem(extents_, &built->record.list);
        return inserted;
    }
    ++published_;
    return {};
}

base::Expected<void> HashStore::withdraw(std::uint64_t nodeid) {
    if (bpf_map_delete_elem(files_, &nodeid) != 0)
        return base::fail_errno("delete nodeid " + std::to_string(nodeid) + " from map", "files");
    --published_;
    // Who has found the record may still look for its extents. And a HASH gives a deleted element's memory to
    // the next insertion at once, under the eyes of a reader.
    if (auto quiet = wait_(); !quiet)
        return quiet;
    if (bpf_map_delete_elem(extents_, &nodeid) != 0 && errno != ENOENT)
        return base::fail_errno("delete nodeid " + std::to_string(nodeid) + " from map", "extents");
    return {};
}

enum famfs_status HashStore::resolve(std::uint64_t nodeid, std::uint64_t position,
                                     famfs_answer &answer) const {
    famfs_record record{};
    famfs_extent_block block{};
    famfs_reference reference{};
    if (bpf_map_lookup_elem(files_, &nodeid, &record) != 0)
        return FAMFS_NOT_PUBLISHED;
    if (const enum famfs_status status = famfs_open_record(&record, nodeid, position); status != FAMFS_OK)
        return status;
    if (famfs_is_simple(&record))
        return famfs_map_extent(&record.extent, position, &answer);
    if (famfs_read_reference(&record, &reference) != FAMFS_OK ||
        reference.extents > FAMFS_EXTENTS_PER_BLOCK ||
        bpf_map_lookup_elem(extents_, &reference.list, &block) != 0)
        return FAMFS_BAD_RECORD;
    return famfs_map_reference(&reference, block.extent, position, &answer);
}

} // namespace

std::unique_ptr<RecordStore> make_hash_store(int files_map, int extents_map,
                                             std::vector<std::uint32_t> cookies, WaitForReaders wait) {
    return std::make_unique<HashStore>(files_map, extents_map, std::move(cookies), std::move(wait));
}

} // namespace famfs::loader
