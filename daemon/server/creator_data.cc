// SPDX-License-Identifier: GPL-2.0-only
// Space and data: from the first byte of a new file to its last record.
#include "base/text.h"
#include "daemon/server/creator.h"

namespace famfs::server {

namespace {

std::unexpected<base::Error> has_its_size(int code, std::uint64_t nodeid) {
    return base::fail(code, "change the size of", "nodeid " + std::to_string(nodeid),
                      "a file has the size with which it was closed first");
}

} // namespace

/// What the kernel is told from now on.
void Creator::show(std::uint64_t nodeid, const GrowingFile &growing) {
    names_.change(nodeid, growing.file.map, growing.file.attributes);
}

base::Expected<void> Creator::zero(const base::FileMap &map, std::uint64_t from, std::uint64_t to) {
    for (const base::Extent &range : ranges_of(map, from, to))
        if (auto zeroed = storage_.zero(range.device, range.offset, range.length); !zeroed)
            return zeroed;
    return {};
}

/// Replaces the record. Nobody looks it up meanwhile: the kernel keeps faults, reads and writes away while a
/// file grows or gets its size, and nobody has it open when it settles.
base::Expected<void> Creator::publish(std::uint64_t nodeid, GrowingFile &growing, std::uint64_t size) {
    const std::unique_lock quiet(records_mutex_);
    if (growing.published != 0)
        if (auto withdrawn = records_.withdraw(nodeid); !withdrawn)
            return withdrawn;
    growing.published = 0;
    if (growing.file.map.extents.empty())
        return {};
    base::FileMap map = growing.file.map;
    map.nodeid = nodeid;
    map.size = size;
    if (auto published = records_.publish(map); !published)
        return published;
    growing.published = growing.capacity();
    return {};
}

/// The record of a pending file covers all of its space, so that it is replaced only with each new run; the
/// kernel does not let anybody past the size.
base::Expected<void> Creator::extend(Lock &lock, std::uint64_t nodeid, std::uint64_t size) {
    GrowingFile *growing = find(nodeid);
    const std::uint64_t old_size = growing->file.map.size;
    if (growing->capacity() < size)
        if (auto grown = author_.grow(growing->file, size); !grown)
            return grown;
    const base::FileMap map = growing->file.map;
    lock.unlock();
    auto zeroed = zero(map, old_size, base::round_up_to_page(size));
    lock.lock();
    if (!zeroed)
        return zeroed;
    growing = find(nodeid);
    if (growing->capacity() != growing->published)
        if (auto published = publish(nodeid, *growing, growing->capacity()); !published)
            return published;
    growing->file.map.size = size;
    show(nodeid, *growing);
    return {};
}

base::Expected<void> Creator::grow(std::uint64_t nodeid, std::uint64_t size) {
    Lock lock(mutex_);
    const GrowingFile *growing = find(nodeid);
    if (growing == nullptr || growing->committed)
        return has_its_size(EFBIG, nodeid);
    return size <= growing->file.map.size ? base::Expected<void>{} : extend(lock, nodeid, size);
}

base::Expected<void> Creator::reserve(std::uint64_t nodeid, std::uint64_t capacity) {
    const Lock lock(mutex_);
    GrowingFile *growing = find(nodeid);
    if (growing == nullptr || growing->committed)
        return has_its_size(EFBIG, nodeid);
    return capacity <= growing->capacity() ? base::Expected<void>{} : author_.grow(growing->file, capacity);
}

base::Expected<void> Creator::shrink(std::uint64_t nodeid, GrowingFile &growing, std::uint64_t size) {
    growing.file.map.size = size;
    show(nodeid, growing);
    return zero(growing.file.map, size, base::round_up_to_page(size));
}

base::Expected<void> Creator::resize(std::uint64_t nodeid, std::uint64_t size) {
    Lock lock(mutex_);
    GrowingFile *growing = find(nodeid);
    if (growing == nullptr || growing->committed) {
        const auto file = names_.file(nodeid);
        return file && file->size == size ? base::Expected<void>{} : has_its_size(EPERM, nodeid);
    }
    auto sized = size > growing->file.map.size ? extend(lock, nodeid, size) : shrink(nodeid, *growing, size);
    growing = find(nodeid);
    if (!sized || size == 0 || growing->unlinked)
        return sized;
    if (auto committed = commit(lock, nodeid); !committed)
        return committed;
    return settle(nodeid);
}

/// Somebody may open the file for writing while its data are written back: then the next close commits it.
base::Expected<void> Creator::commit(Lock &lock, std::uint64_t nodeid) {
    const base::FileMap map = find(nodeid)->file.map;
    const unsigned writers = find(nodeid)->writers;
    lock.unlock();
    base::Expected<void> persisted;
    for (const base::Extent &range : ranges_of(map, 0, base::round_up_to_page(map.size)))
        if (persisted)
            persisted = storage_.persist(range.device, range.offset, range.length);
    lock.lock();
    if (!persisted)
        return persisted;
    GrowingFile *growing = find(nodeid);
    if (growing == nullptr || growing->committed || growing->unlinked || growing->writers != writers)
        return {};
    if (auto committed = author_.commit(growing->file); !committed)
        return committed;
    if (auto written = logged(); !written)
        return written;
    growing->committed = true;
    return {};
}

/// Gives back what the file has too much. From now on it is like any other.
base::Expected<void> Creator::settle(std::uint64_t nodeid) {
    GrowingFile &growing = *find(nodeid);
    if (!growing.committed)
        return {};
    author_.trim(growing.file);
    base::Expected<void> published;
    if (growing.capacity() != growing.published)
        published = publish(nodeid, growing, growing.file.map.size);
    show(nodeid, growing);
    growing_.erase(nodeid);
    return published;
}

} // namespace famfs::server
