// SPDX-License-Identifier: GPL-2.0-only
#include "vmtest/tests/torn_writer.h"

#include "vmtest/tests/memory_probe.h"

#include <cerrno>
#include <iterator>
#include <numeric>
#include <span>
#include <sys/resource.h>
#include <thread>

namespace famfs::vmtest {
namespace {

constexpr std::size_t visible_files = 64;
constexpr std::uint64_t spare_slots = 4;
constexpr std::uint64_t slots = staying + visible_files + files_of_round + spare_slots;
constexpr std::uint64_t unread_slot = slots; ///< of files that nobody opens; they make the map grow
constexpr std::uint64_t first_unread = 20000;
constexpr std::uint64_t unread_files = 100000;
constexpr std::uint64_t unread_in_round = 32;
constexpr std::uint64_t rounds_for_one_staying = 8;

} // namespace

TornWriter::TornWriter(FuseServer &server, loader::Session &session, Truths &truths)
    : server_(server), session_(session), truths_(truths), random_(std::random_device()()),
      free_slots_(slots), waiting_(moving), next_unread_(first_unread) {
    std::iota(free_slots_.begin(), free_slots_.end(), 0U);
    std::iota(waiting_.begin(), waiting_.end(), first_moving);
    for (std::uint64_t nodeid = first_torn; nodeid < torn_end; ++nodeid)
        server_.file(nodeid, file_pages(nodeid) * page_size);
}

template <class T>
std::vector<T> TornWriter::draw(std::vector<T> &from, std::size_t count) {
    std::vector<T> drawn;
    while (drawn.size() < count) {
        std::swap(from[random_() % from.size()], from.back());
        drawn.push_back(std::move(from.back()));
        from.pop_back();
    }
    return drawn;
}

base::Expected<TornWriter::Placed> TornWriter::place(std::uint64_t nodeid) {
    const std::uint64_t slot = draw(free_slots_, 1).front();
    Placed placed{.file = lay_out(nodeid, truths_.files[nodeid].newest() + 1, slot), .slot = slot};
    const std::vector<std::uint64_t> words = contents_of(placed.file);
    if (auto stored = session_.write(0, slot * slot_pages * page_size, std::as_bytes(std::span(words)));
        !stored)
        return std::unexpected(stored.error());
    return placed;
}

base::Expected<std::vector<TornWriter::Placed>> TornWriter::place_some() {
    std::vector<Placed> all;
    for (const std::uint64_t nodeid : draw(waiting_, files_of_round)) {
        auto placed = place(nodeid);
        if (!placed)
            return std::unexpected(placed.error());
        all.push_back(std::move(*placed));
    }
    return all;
}

base::Expected<void> TornWriter::publish(const std::vector<Placed> &files) {
    std::vector<base::FileMap> maps;
    for (const Placed &placed : files) {
        maps.push_back(placed.file);
        truths_.files[placed.file.nodeid].publication_begins(placed.file.generation);
    }
    if (auto published = session_.store().publish(maps); !published)
        return published;
    for (const Placed &placed : files)
        truths_.files[placed.file.nodeid].publication_ended(placed.file.generation);
    published_ += files.size();
    return {};
}

base::Expected<void> TornWriter::withdraw(const std::vector<Placed> &files) {
    std::vector<std::uint64_t> nodeids;
    for (const Placed &placed : files) {
        nodeids.push_back(placed.file.nodeid);
        truths_.files[placed.file.nodeid].withdrawal_begins();
    }
    withdrawn_ += files.size();
    return session_.store().withdraw(nodeids);
}

base::Expected<void> TornWriter::invalidate(std::uint64_t nodeid) {
    int error = EBUSY;
    while ((error = server_.notify_invalidate(nodeid, 0, 0)) == EBUSY)
        std::this_thread::yield();     // somebody holds a page this instant
    if (error != 0 && error != ENOENT) // an inode that the kernel does not have has no pages
        return base::fail(error, "invalidate", server_.path(nodeid));
    return {};
}

/// Only then do the pages of the device belong to nobody.
base::Expected<void> TornWriter::take_pages(const std::vector<Placed> &files) {
    for (const Placed &placed : files) {
        if (auto gone = invalidate(placed.file.nodeid); !gone)
            return gone;
        truths_.files[placed.file.nodeid].is_gone(placed.file.generation);
        free_slots_.push_back(placed.slot);
        waiting_.push_back(placed.file.nodeid);
    }
    return {};
}

base::Expected<void> TornWriter::grow() {
    if (next_unread_ < first_unread + unread_files) {
        std::vector<base::FileMap> maps;
        for (const std::uint64_t end = next_unread_ + unread_in_round; next_unread_ < end; ++next_unread_)
            maps.push_back(lay_out(next_unread_, 1, unread_slot));
        if (auto published = session_.store().publish(maps); !published)
            return published;
    }
    if (rounds_ % rounds_for_one_staying != 0 || next_staying_ == first_moving)
        return {};
    auto placed = place(next_staying_++);
    if (!placed)
        return std::unexpected(placed.error());
    return publish({*placed});
}

base::Expected<void> TornWriter::begin() {
    while (next_staying_ < first_torn + staying_first) {
        auto placed = place(next_staying_++);
        if (!placed)
            return std::unexpected(placed.error());
        if (auto published = publish({*placed}); !published)
            return published;
    }
    while (visible_.size() < visible_files) {
        auto placed = place_some();
        if (!placed)
            return std::unexpected(placed.error());
        if (auto published = publish(*placed); !published)
            return published;
        std::ranges::move(*placed, std::back_inserter(visible_));
    }
    return {};
}

/// The bytes are on the device before the withdrawal, so nothing lies between the end of one record or list
/// and the beginning of the next in the same memory.
base::Expected<void> TornWriter::round() {
    auto coming = place_some();
    if (!coming)
        return std::unexpected(coming.error());
    const std::vector<Placed> going = draw(visible_, files_of_round);
    for (std::size_t i = 0; i < files_of_round; ++i) {
        truths_.next[2 * i] = (*coming)[i].file.nodeid;
        truths_.next[2 * i + 1] = going[i].file.nodeid;
    }
    if (auto withdrawn = withdraw(going); !withdrawn)
        return withdrawn;
    if (auto published = publish(*coming); !published)
        return published;
    std::ranges::move(*coming, std::back_inserter(visible_));
    if (auto taken = take_pages(going); !taken)
        return taken;
    ++rounds_;
    return grow();
}

base::Expected<void> TornWriter::run(const std::stop_token &stop) {
    ::setpriority(PRIO_PROCESS, 0, -10); // this thread; the readers would leave it little
    while (!stop.stop_requested()) {
        if (auto done = round(); !done)
            return done;
    }
    return {};
}

} // namespace famfs::vmtest
