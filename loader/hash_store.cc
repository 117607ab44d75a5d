// SPDX-License-Identifier: GPL-2.0-only
#include "loader/hash_store.h"

#include "base/try.h"
#include "bpf/abi.h"
#include "loader/hash_map.h"
#include "loader/record_builder.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>

namespace famfs::loader {
namespace {

using Files = HashMap<std::uint64_t, famfs_record>;
using Blocks = HashMap<famfs_block_key, famfs_extent_block>;

/// A list as the program sees it: block by block, as they are needed. Keeps those it has fetched.
class ListReader {
public:
    explicit ListReader(const Blocks &blocks) : blocks_(blocks) {}

    ListReader *at(std::uint64_t list) {
        list_ = list;
        return this;
    }

    /// 0: its block is not in the map.
    const famfs_extent *element(std::uint32_t index) {
        const famfs_block_key key{.list = list_, .block = index / FAMFS_EXTENTS_PER_BLOCK};
        const auto [fetched, is_new] = fetched_.try_emplace(key.block);
        if (is_new && !blocks_.look_up(key, fetched->second)) {
            fetched_.erase(fetched);
            return nullptr;
        }
        return &fetched->second.extent[index % FAMFS_EXTENTS_PER_BLOCK];
    }

private:
    const Blocks &blocks_;
    std::uint64_t list_ = 0;
    std::unordered_map<std::uint64_t, famfs_extent_block> fetched_;
};

} // namespace
} // namespace famfs::loader

#define FAMFS_LISTS famfs::loader::ListReader *
#define FAMFS_LIST famfs::loader::ListReader *
#define FAMFS_LIST_AT(lists, reference) (lists)->at(reference)
#define FAMFS_ELEMENT(list, index) (list)->element(index)
#include "bpf/mapping.h"

namespace famfs::loader {
namespace {

/// Files on their way into the map. The blocks of lists are there already.
struct Batch {
    std::vector<std::uint64_t> nodeids;
    std::vector<famfs_record> records;
    bool ascending = true;

    void add(const famfs_record &record) {
        ascending = ascending && (nodeids.empty() || nodeids.back() < record.nodeid);
        nodeids.push_back(record.nodeid);
        records.push_back(record);
    }
};

/// Of a record that was built here.
bool has_list(const famfs_record &record) {
    return record.kind == FAMFS_RECORD_LIST || record.kind == FAMFS_RECORD_INTERLEAVED;
}

/// @failure happened first, and is what the caller has to know.
base::Expected<void> with_leftovers(base::Expected<void> failure, const base::Expected<void> &erased) {
    if (!failure && !erased)
        failure.error().hint += "; and it left something: " + erased.error().message();
    return failure;
}

class HashStore final : public RecordStore {
public:
    HashStore(const HashMaps &maps, std::vector<std::uint32_t> cookies, WaitForReaders wait)
        : files_(maps.files, "files"), blocks_(maps.extents, "extents"), most_files_(maps.most_files),
          cookies_(std::move(cookies)), wait_(std::move(wait)) {}

    base::Expected<void> publish(std::span<const base::FileMap> files) override;
    base::Expected<void> withdraw(std::span<const std::uint64_t> nodeids) override;
    [[nodiscard]] enum famfs_status resolve(std::uint64_t nodeid, std::uint64_t position,
                                            famfs_answer &answer) const override;
    [[nodiscard]] std::uint64_t published() const override { return published_; }
    [[nodiscard]] Room room() const override { return {.most_files = most_files_}; }

private:
    base::Expected<void> insert(const Batch &batch);
    base::Expected<void> insert_records(const Batch &batch, std::size_t &inserted);
    base::Expected<void> insert_list(BuiltRecord &built);
    [[nodiscard]] base::Expected<void> erase_blocks(std::uint64_t list, std::uint64_t count) const;
    [[nodiscard]] base::Expected<void> erase_list(std::uint64_t nodeid);

    Files files_;
    Blocks blocks_;
    std::uint64_t most_files_;
    std::vector<std::uint32_t> cookies_;
    WaitForReaders wait_;
    std::uint64_t highest_ = 0; ///< nodeid that was ever published
    /// How many blocks, by nodeid; the records themselves others can write.
    std::unordered_map<std::uint64_t, std::uint64_t> lists_;
    std::atomic<std::uint64_t> published_ = 0;
};

base::Expected<void> HashStore::insert_list(BuiltRecord &built) {
    built.record.list = built.record.nodeid;
    const std::span elements(built.elements);
    for (std::size_t done = 0; done < elements.size(); done += FAMFS_EXTENTS_PER_BLOCK) {
        famfs_extent_block block{};
        const auto part = elements.subspan(done);
        std::ranges::copy(part.first(std::min<std::size_t>(part.size(), FAMFS_EXTENTS_PER_BLOCK)),
                          block.extent);
        const famfs_block_key key{.list = built.record.list, .block = done / FAMFS_EXTENTS_PER_BLOCK};
        if (auto inserted = blocks_.insert(key, block); !inserted)
            return with_leftovers(inserted, erase_blocks(key.list, key.block)); // which were new
    }
    lists_[built.record.nodeid] = (elements.size() + FAMFS_EXTENTS_PER_BLOCK - 1) / FAMFS_EXTENTS_PER_BLOCK;
    return {};
}

base::Expected<void> HashStore::erase_list(std::uint64_t nodeid) {
    const auto blocks = lists_.extract(nodeid);
    return blocks ? erase_blocks(nodeid, blocks.mapped()) : base::Expected<void>{};
}

base::Expected<void> HashStore::erase_blocks(std::uint64_t list, std::uint64_t count) const {
    base::Expected<void> erased;
    for (std::uint64_t block = 0; block < count; ++block) {
        auto gone = blocks_.erase({.list = list, .block = block});
        if (!gone && gone.error().code != ENOENT)
            erased = gone;
    }
    return erased;
}

base::Expected<void> HashStore::publish(std::span<const base::FileMap> files) {
    constexpr std::size_t most = 4096; // of a batch
    while (!files.empty()) {
        const auto now = files.first(std::min(files.size(), most));
        files = files.subspan(now.size());
        Batch batch;
        base::Expected<void> ready;
        for (auto file = now.begin(); ready && file != now.end(); ++file) {
            auto built = build_record(*file, cookies_);
            ready = built ? base::Expected<void>{} : std::unexpected(built.error());
            if (ready && !built->elements.empty())
                ready = insert_list(*built);
            if (ready)
                batch.add(built->record);
        }
        FAMFS_TRY(insert(batch));
        if (!ready)
            return ready;
    }
    return {};
}

base::Expected<void> HashStore::insert(const Batch &batch) {
    std::size_t inserted = 0;
    auto done = insert_records(batch, inserted);
    published_ += inserted;
    for (std::size_t i = 0; i < inserted; ++i)
        highest_ = std::max(highest_, batch.nodeids[i]);
    for (std::size_t i = inserted; i < batch.records.size(); ++i) {
        if (has_list(batch.records[i]))
            done = with_leftovers(done, erase_list(batch.nodeids[i]));
    }
    return done;
}

base::Expected<void> HashStore::insert_records(const Batch &batch, std::size_t &inserted) {
    if (batch.ascending && !batch.nodeids.empty() && batch.nodeids.front() > highest_)
        return files_.insert_new(batch.nodeids, batch.records, inserted);
    for (inserted = 0; inserted < batch.nodeids.size(); ++inserted) {
        FAMFS_TRY(files_.insert(batch.nodeids[inserted], batch.records[inserted]));
    }
    return {};
}

/// Who has found a record may still look for its extents. And a HASH gives a deleted element's memory to the
/// next insertion at once, under the eyes of a reader.
base::Expected<void> HashStore::withdraw(std::span<const std::uint64_t> nodeids) {
    base::Expected<void> erased;
    std::size_t count = 0;
    while (erased && count < nodeids.size()) {
        erased = files_.erase(nodeids[count]);
        count += erased ? 1 : 0;
    }
    published_ -= count;
    FAMFS_TRY(wait_());
    for (const std::uint64_t nodeid : nodeids.first(count)) {
        if (auto gone = erase_list(nodeid); !gone)
            erased = erased ? gone : with_leftovers(erased, gone);
    }
    return erased;
}

enum famfs_status HashStore::resolve(std::uint64_t nodeid, std::uint64_t position,
                                     famfs_answer &answer) const {
    famfs_record record{};
    if (!files_.look_up(nodeid, record))
        return FAMFS_NOT_PUBLISHED;
    ListReader lists(blocks_);
    return famfs_map_record(&record, &lists, nodeid, position, &answer);
}

} // namespace

std::unique_ptr<RecordStore> make_hash_store(const HashMaps &maps, std::vector<std::uint32_t> cookies,
                                             WaitForReaders wait) {
    return std::make_unique<HashStore>(maps, std::move(cookies), std::move(wait));
}

} // namespace famfs::loader
