// SPDX-License-Identifier: GPL-2.0-only
#include "tests/model/world.h"

#include <algorithm>
#include <fcntl.h>

namespace famfs::test {

namespace {

using media::mebibyte;
using server::File;
using server::Life;

constexpr std::uint64_t records_bytes = 4 * mebibyte;

/// One file system for all worlds; each puts back what it wrote.
const TestDevices &devices() {
    static const TestDevices made = [] {
        TestDevices fresh;
        fresh.mkfs();
        return fresh;
    }();
    return made;
}

/// One store for all worlds: each leaves it empty.
loader::RecordStore &record_store() {
    static const base::Memory memory = sparse(records_bytes);
    static const auto store = sound(loader::make_arena_store(memory.bytes(), {1}));
    return *store;
}

template <class T>
int code_of(const base::Expected<T> &done) {
    return done ? 0 : done.error().code;
}

} // namespace

ModelStorage::~ModelStorage() {
    for (const auto &[offset, bytes] : before_)
        std::ranges::copy(bytes, devices_.primary().subspan(offset).begin());
}

base::Expected<void> ModelStorage::write(std::uint32_t, std::uint64_t offset,
                                         std::span<const std::byte> bytes) {
    const base::Lock lock(mutex_);
    const auto place = devices_.primary().subspan(offset, bytes.size());
    before_.try_emplace(offset, place.begin(), place.end());
    std::ranges::copy(bytes, place.begin());
    return {};
}

base::Expected<void> ModelStorage::zero(std::uint32_t, std::uint64_t, std::uint64_t) {
    const base::Lock lock(mutex_);
    return {};
}

base::Expected<void> ModelStorage::persist(std::uint32_t, std::uint64_t, std::uint64_t) {
    const base::Lock lock(mutex_);
    return {};
}

World::World(server::PublishOptions options, Start start) : storage_(devices()) {
    tree_ = std::make_unique<server::Tree>(devices().parse(), true, timespec{});
    made_ = sound(server::MadeFiles::open(*tree_, storage_, record_store(), options));
    free_at_start_ = made_->state().free_bytes;
    f_ = sound(made_->make_file({.parent = media::root_nodeid, .name = "f", .attributes = {}})).nodeid;
    g_ = sound(made_->make_file({.parent = media::root_nodeid, .name = "g", .attributes = {}})).nodeid;
    sound(made_->opened(g_, O_RDWR));
    sound(made_->grow(g_, mebibyte));
    open(O_RDWR);
    sound(made_->grow(f_, 3 * mebibyte));
    if (start == Start::closed)
        close(O_RDWR);
    if (start == Start::unlinked)
        unlink("f");
}

World::~World() {
    for (const std::uint64_t nodeid : {f_, g_, third_.load()})
        static_cast<void>(record_store().withdraw(nodeid)); // most have none
}

int World::open(int flags) {
    const auto opened = made_->opened(f_, flags);
    if (opened)
        ((flags & O_ACCMODE) == O_RDONLY ? readers_ : writers_)++;
    return code_of(opened);
}

int World::close(int flags) {
    ((flags & O_ACCMODE) == O_RDONLY ? readers_ : writers_)--;
    return code_of(made_->closed(f_, flags));
}

int World::grow(std::uint64_t size) {
    return code_of(made_->grow(f_, size));
}

int World::reserve(std::uint64_t size) {
    return code_of(made_->reserve(f_, size));
}

int World::resize(std::uint64_t size) {
    return code_of(made_->resize(f_, size));
}

int World::unlink(const char *name) {
    return code_of(made_->remove(media::root_nodeid, name));
}

int World::rename(const char *from, const char *to) {
    return code_of(made_->rename(media::root_nodeid, from, media::root_nodeid, to, true));
}

int World::change_mode() {
    return code_of(made_->change(f_, {.mode = 0600, .uid = {}, .gid = {}, .access = {}, .modification = {}}));
}

int World::publish(server::Selection::Reach reach) {
    return code_of(made_->publish({.reach = reach, .nodes = {media::root_nodeid}}));
}

int World::make(const char *name) {
    const auto made = made_->make_file({.parent = media::root_nodeid, .name = name, .attributes = {}});
    if (made)
        third_ = made->nodeid;
    return code_of(made);
}

media::FileSystem World::logged() const {
    return devices().parse();
}

std::vector<std::shared_ptr<File>> World::files() const {
    std::vector<std::shared_ptr<File>> list;
    for (const std::uint64_t nodeid : {f_, g_, third_.load()})
        if (auto file = tree_->file(nodeid))
            list.push_back(std::move(file));
    return list;
}

std::string World::visible() {
    std::string text;
    tree_->children(media::root_nodeid, 0, false, [&](std::uint64_t, const server::Child &child) {
        text += std::string(child.name) + " " + std::to_string(child.attributes.size) + " " +
                std::to_string(child.attributes.mode) + "\n";
        return true;
    });
    // Whether it has settled yet is nobody's business.
    for (const auto &file : files())
        text += (file->view().published() ? "published" : std::string(to_string(file->view().life))) + "\n";
    std::vector<std::string> entries;
    const media::FileSystem log = logged();
    for (const media::Node &node : log.nodes())
        if (node.nodeid >= media::first_entry_nodeid)
            entries.push_back("log " + std::string(node.name) + " " + std::to_string(node.map.size) + " " +
                              std::to_string(node.mode) + "\n");
    std::ranges::sort(entries);
    for (const std::string &entry : entries)
        text += entry;
    // When a file gives back what it does not need is nobody's business either: fault_of_space() watches it.
    return text + std::to_string(made_->state().free_slots) + " slots";
}

/// No byte is two files', and none is lost.
std::string World::fault_of_space() const {
    std::vector<base::Extent> extents;
    for (const auto &file : files())
        for (const base::Extent &extent : file->map().extents)
            extents.push_back(extent);
    std::ranges::sort(extents, {}, &base::Extent::offset);
    std::uint64_t used = 0;
    for (std::size_t i = 0; i < extents.size(); i++) {
        used += extents[i].length;
        if (i != 0 && extents[i - 1].offset + extents[i - 1].length > extents[i].offset)
            return "two files share byte " + std::to_string(extents[i].offset);
    }
    const std::uint64_t free = made_->state().free_bytes;
    return free + used == free_at_start_ ? ""
                                         : std::to_string(free_at_start_ - free) + " bytes are not free, " +
                                               std::to_string(used) + " are files'";
}

/// Each byte that the kernel may ask for is found, in the file's own space.
std::string World::fault_of_records() const {
    for (const auto &file : files()) {
        const base::FileMap map = file->map();
        for (std::uint64_t position = 0; position < map.size; position += mebibyte) {
            famfs_answer answer{};
            if (record_store().resolve(map.nodeid, position, answer) != FAMFS_OK)
                return "no record for byte " + std::to_string(position);
            const auto range = server::ranges_of(map, position, position + 1).front();
            if (answer.address + (position - answer.offset) != range.offset)
                return "the record has another place for byte " + std::to_string(position);
        }
    }
    return "";
}

/// What the log has is what its file is, and only that is published.
std::string World::fault_of_log() const {
    const media::FileSystem log = logged();
    if (!log.problems().empty())
        return log.problems().front().message;
    std::size_t published = 0;
    for (const auto &file : files())
        published += file->view().published() ? 1 : 0;
    if (published != log.usage().files)
        return "the log has " + std::to_string(log.usage().files) + " files, and " +
               std::to_string(published) + " are published";
    for (const media::Node &node : log.nodes()) {
        if (node.nodeid < media::first_entry_nodeid)
            continue;
        const auto found = tree_->look_up(media::root_nodeid, node.name);
        if (!found || found->size != node.map.size || (found->mode & 07777) != node.mode)
            return "the log and the mount differ about " + std::string(node.name);
        tree_->forget(found->nodeid, 1);
        const base::FileMap map = tree_->file(found->nodeid)->map();
        if (map.extents.front().offset != node.map.extents.front().offset)
            return "the log has another place for " + std::string(node.name);
    }
    return "";
}

std::string World::fault() {
    for (const std::string &found : {fault_of_space(), fault_of_records(), fault_of_log()})
        if (!found.empty())
            return found;
    return "";
}

std::string World::fault_at_end() {
    while (writers_ != 0)
        close(O_RDWR);
    while (readers_ != 0)
        close(O_RDONLY);
    made_->closed(g_, O_RDWR);
    for (const char *name : {"f", "g", "h"})
        unlink(name);
    for (const std::uint64_t nodeid : {f_, g_, third_.load()})
        made_->forgotten(nodeid, 1);
    if (const std::string found = fault(); !found.empty())
        return found;
    for (const auto &file : files())
        if (file->view().life != Life::settled)
            return "at the end a file is " + std::string(to_string(file->view().life));
    const std::uint64_t slots = made_->state().free_slots + logged().usage().files;
    return slots == logged().usage().log_slots ? "" : "a slot of the log is lost";
}

} // namespace famfs::test
