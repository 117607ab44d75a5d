// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/file.h"

#include "base/memory.h"

#include <algorithm>
#include <array>
#include <fcntl.h>

namespace famfs::server {

namespace {

bool wants_to_write(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
}

std::unexpected<base::Error> has_its_size(int code, std::uint64_t nodeid) {
    return base::fail(code, "change the size of", "nodeid " + std::to_string(nodeid),
                      "it is published, and the log has its size");
}

std::unexpected<base::Error> is_gone(std::uint64_t nodeid) {
    return base::fail(ESTALE, "use", "nodeid " + std::to_string(nodeid), "it was removed");
}

} // namespace

std::string_view to_string(Life life) {
    static constexpr std::array<std::string_view, 7> names = {"fresh",   "growing",   "complete", "published",
                                                              "settled", "withdrawn", "gone"};
    return names.at(static_cast<std::size_t>(life));
}

std::vector<base::Extent> ranges_of(const base::FileMap &map, std::uint64_t from, std::uint64_t to) {
    std::vector<base::Extent> ranges;
    std::uint64_t position = 0;
    for (const base::Extent &extent : map.extents) {
        const std::uint64_t begin = std::max(from, position);
        const std::uint64_t end = std::min(to, position + extent.length);
        if (begin < end)
            ranges.push_back({extent.device, extent.offset + (begin - position), end - begin});
        position += extent.length;
    }
    return ranges;
}

File::File(std::uint64_t nodeid, const Means &means) : means_(means), nodeid_(nodeid) {
    map_.nodeid = nodeid;
}

Life File::life() const {
    switch (stage_) {
    case Stage::published:
        return Life::published;
    case Stage::settled:
        return Life::settled;
    case Stage::withdrawn:
        return Life::withdrawn;
    case Stage::gone:
        return Life::gone;
    case Stage::unpublished:
        break;
    }
    if (map_.size == 0)
        return Life::fresh;
    return writers_ != 0 ? Life::growing : Life::complete;
}

bool File::fixed() const {
    return stage_ == Stage::published || stage_ == Stage::settled || stage_ == Stage::gone;
}

File::View File::view() const {
    const base::Lock lock(mutex_);
    return {.size = map_.size,
            .allocated = media::capacity_of(map_),
            .life = life(),
            .written_to = writers_ != 0};
}

bool File::idle() const {
    const base::Lock lock(mutex_);
    return opens_ == 0;
}

base::FileMap File::map() const {
    const base::Lock lock(mutex_);
    return map_;
}

// Waits for its turn: what has no other request at work has all of its space in its record.
base::Expected<void> File::open(int flags) {
    const base::Lock turn(turn_);
    const base::Lock lock(mutex_);
    if (stage_ == Stage::gone)
        return is_gone(nodeid_);
    if (wants_to_write(flags) && (flags & O_APPEND) != 0 && fixed())
        return has_its_size(EPERM, nodeid_);
    opens_++;
    if (!wants_to_write(flags))
        return {};
    writers_++;
    written_back_ = false;
    return {};
}

bool File::close(int flags) {
    const base::Lock lock(mutex_);
    opens_--;
    if (!wants_to_write(flags))
        return false;
    writers_--;
    return writers_ == 0;
}

/// As far as the kernel lets anybody is up to the size. The record covers all of the space, so that it is
/// replaced only when there is more of it, or less.
base::FileMap File::record_of(const base::FileMap &map) const {
    base::FileMap record = map;
    record.nodeid = nodeid_;
    record.size = media::capacity_of(map);
    return record;
}

/// The record follows the space. Nobody looks it up while there is none: the kernel keeps faults, reads and
/// writes away while a file grows or is cut, and nobody has it open when it settles. Readers of this process
/// wait (Records).
base::Expected<void> File::place(const base::FileMap &map) {
    const std::uint64_t capacity = media::capacity_of(map);
    if (capacity == recorded_)
        return {};
    base::FileMap old = record_of(this->map());
    old = means_.space.cut(old, recorded_);
    old.size = recorded_;
    if (auto replaced = means_.records.replace(old, record_of(map)); !replaced)
        return replaced;
    recorded_ = capacity;
    return {};
}

base::Expected<void> File::zero(const base::FileMap &map, std::uint64_t from, std::uint64_t to) {
    for (const base::Extent &range : ranges_of(map, from, to))
        if (auto zeroed = means_.storage.zero(range.device, range.offset, range.length); !zeroed)
            return zeroed;
    return {};
}

/// Space for @size bytes, zeroed beyond the old size, and in the record.
base::Expected<void> File::prepare(base::FileMap &map, std::uint64_t size) {
    const std::uint64_t old_size = map.size;
    if (auto grown = means_.space.grow(map, size); !grown)
        return grown;
    if (auto zeroed = zero(map, old_size, base::round_up_to_page(size)); !zeroed)
        return zeroed;
    return place(map);
}

base::Expected<void> File::extend(std::uint64_t size) {
    base::FileMap map = this->map();
    const std::uint64_t had = media::capacity_of(map);
    if (auto prepared = prepare(map, size); !prepared) {
        if (media::capacity_of(map) > had)
            means_.space.trim(map, had);
        return prepared;
    }
    map.size = size;
    const base::Lock lock(mutex_);
    map_ = std::move(map);
    written_back_ = false;
    return {};
}

base::Expected<void> File::shrink(std::uint64_t size) {
    base::FileMap map;
    {
        const base::Lock lock(mutex_);
        map_.size = size;
        reserved_ = 0;
        written_back_ = false;
        map = map_;
    }
    return zero(map, size, base::round_up_to_page(size));
}

base::Expected<void> File::grow(std::uint64_t size) {
    const base::Lock turn(turn_);
    {
        const base::Lock lock(mutex_);
        if (size <= map_.size)
            return {};
        if (fixed())
            return has_its_size(EFBIG, nodeid_);
    }
    return extend(size);
}

base::Expected<void> File::reserve(std::uint64_t capacity) {
    const base::Lock turn(turn_);
    base::FileMap map;
    {
        const base::Lock lock(mutex_);
        if (capacity <= media::capacity_of(map_))
            return {};
        if (fixed())
            return has_its_size(EFBIG, nodeid_);
        map = map_;
    }
    if (auto grown = means_.space.grow(map, capacity); !grown)
        return grown;
    const base::Lock lock(mutex_);
    map_ = std::move(map);
    reserved_ = capacity;
    return {};
}

base::Expected<void> File::resize_now(std::uint64_t size) {
    std::uint64_t now = 0;
    {
        const base::Lock lock(mutex_);
        now = map_.size;
        if (now != size && fixed())
            return has_its_size(EPERM, nodeid_);
    }
    if (size == now)
        return {};
    return size > now ? extend(size) : shrink(size);
}

base::Expected<void> File::resize(std::uint64_t size, const Then &publish) {
    const base::Lock turn(turn_);
    // Programs set the size that a file has already, to be sure; what is published has its bytes on the disk.
    if (auto resized = resize_now(size); !resized || !publish || view().published())
        return resized;
    if (auto persisted = persist(); !persisted)
        return persisted;
    return publish();
}

base::Expected<void> File::write_back(const Then &publish) {
    const base::Lock turn(turn_);
    auto persisted = persist();
    return persisted && publish ? publish() : persisted;
}

// Who closes it meanwhile has stored before; who wants to write to it waits for the turn.
base::Expected<void> File::persist() {
    base::FileMap map;
    bool quiet = false;
    {
        const base::Lock lock(mutex_);
        if (written_back_ || stage_ == Stage::gone)
            return {};
        map = map_;
        quiet = writers_ == 0;
    }
    for (const base::Extent &range : ranges_of(map, 0, base::round_up_to_page(map.size)))
        if (auto persisted = means_.storage.persist(range.device, range.offset, range.length); !persisted)
            return persisted;
    const base::Lock lock(mutex_);
    written_back_ = quiet;
    return {};
}

// The turn goes on to end_publication(): whoever publishes many files has many turns at once.
bool File::begin_publication(Turns turns) {
    if (turns == Turns::taken && !turn_.try_lock())
        return false;
    {
        const base::Lock lock(mutex_);
        const bool ready = turns == Turns::resizers || (written_back_ && writers_ == 0);
        if (stage_ == Stage::unpublished && map_.size != 0 && ready)
            return true;
    }
    if (turns == Turns::taken)
        turn_.unlock();
    return false;
}

base::FileMap File::entry_map() const {
    const base::Lock lock(mutex_);
    return means_.space.cut(map_, map_.size);
}

void File::end_publication(Turns turns, bool appended) {
    if (appended) {
        const base::Lock lock(mutex_);
        stage_ = Stage::published;
    }
    if (turns == Turns::taken)
        turn_.unlock();
}

base::Expected<void> File::settle() {
    const base::Lock turn(turn_);
    base::FileMap map;
    std::uint64_t needed = 0;
    {
        const base::Lock lock(mutex_);
        if (opens_ != 0 || stage_ == Stage::gone)
            return {};
        map = map_;
        needed = fixed() ? map.size : std::max(map.size, reserved_);
    }
    if (auto placed = place(means_.space.cut(map, needed)); !placed)
        return placed;
    means_.space.trim(map, needed);
    const base::Lock lock(mutex_);
    map_ = std::move(map);
    if (stage_ == Stage::published)
        stage_ = Stage::settled;
    return {};
}

// Without the turn: it is no matter to whoever works on it, and the tree cannot wait for them.
void File::withdraw() {
    const base::Lock lock(mutex_);
    stage_ = Stage::withdrawn;
}

void File::close_all() {
    const base::Lock lock(mutex_);
    opens_ = writers_ = 0;
}

base::Expected<void> File::reclaim() {
    const base::Lock turn(turn_);
    base::FileMap map;
    {
        const base::Lock lock(mutex_);
        stage_ = Stage::gone;
        map_.size = 0;
        map = map_;
    }
    if (auto placed = place({}); !placed)
        return placed;
    means_.space.trim(map, 0);
    const base::Lock lock(mutex_);
    map_ = {};
    return {};
}

} // namespace famfs::server
