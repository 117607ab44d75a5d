// SPDX-License-Identifier: GPL-2.0-only
// Logs of well-formed entries whose names, parents and units meet in every way: what the parser makes of them
// is what a plain model does.
#include "tests/fuzz/checks.h"
#include "tests/fuzz/namespace_model.h"
#include "tests/support/media_image.h"

namespace famfs::test {
namespace {

using media::FileSystem;
using media::Node;

std::uint64_t nodeid_of(std::uint64_t index) {
    return media::first_entry_nodeid + index;
}

void check_nodes(const FileSystem &fs, const NamespaceModel &model) {
    constexpr std::size_t fixed = 4;
    require(fs.nodes().size() == model.served.size() + fixed, "more or fewer nodes");
    for (const auto &[index, operation] : model.served) {
        const Node *node = fs.find(nodeid_of(index));
        require(node != nullptr && fs.find_path(operation.path) == node, "not found: ", operation.path);
        require(node->directory == (operation.kind == Operation::Kind::directory), "of another kind");
        require(node->uid == 1 && node->gid == 2 && node->mode == (node->directory ? 0750U : 0640U),
                "other attributes");
        if (!node->directory)
            require(node->map.size == operation.map.size && node->map.chunk == operation.map.chunk &&
                        node->map.extents.size() == operation.map.extents.size(),
                    "another map");
    }
}

/// All paths of one to three names, also those that are not there.
template <class Visit>
void each_path(Visit visit) {
    const auto &names = NamespaceInput::names();
    for (const std::string &one : names) {
        visit(one);
        for (const std::string &two : names) {
            visit(one + "/" + two);
            for (const std::string &three : names)
                visit(one + "/" + two + "/" + three);
        }
    }
}

void check_paths(const FileSystem &fs, const NamespaceModel &model) {
    each_path([&](const std::string &path) {
        if (path == ".meta")
            return;
        const auto known = model.names.find(path);
        const Node *node = fs.find_path(path);
        require((known == model.names.end()) == (node == nullptr), "there, or not there: ", path);
        require(node == nullptr || node->nodeid == nodeid_of(known->second), "another one: ", path);
    });
}

/// Each directory has the entries that lie in it, in log order.
void check_children(const FileSystem &fs, const NamespaceModel &model) {
    std::map<std::string, std::vector<std::uint64_t>> children;
    children[""].push_back(media::meta_nodeid);
    for (const auto &[index, operation] : model.served) {
        const std::size_t slash = operation.path.rfind('/');
        children[slash == std::string::npos ? "" : operation.path.substr(0, slash)].push_back(
            nodeid_of(index));
    }
    const auto check = [&](const std::string &path, std::uint64_t nodeid) {
        require(std::ranges::equal(fs.children(nodeid), children[path]), "other children in ", path);
    };
    check("", media::root_nodeid);
    for (const auto &[index, operation] : model.served)
        check(operation.path, nodeid_of(index));
}

void check_usage(const FileSystem &fs, const NamespaceModel &model) {
    constexpr std::uint64_t unit = NamespaceModel::unit;
    std::uint64_t used = 0, longest = 0, capacity = 0;
    for (std::uint32_t device = 0; device < model.devices.size(); device++) {
        const std::uint64_t start = device == 0 ? NamespaceModel::first_unit : 1;
        std::uint64_t run = 0;
        // Nothing is claimed after the first units of the primary.
        const std::uint64_t end = std::min<std::uint64_t>(model.devices[device].units, 64);
        for (std::uint64_t at = start; at < end; at++) {
            const bool taken = model.owners.contains({device, at});
            used += taken;
            run = taken ? 0 : run + 1;
            longest = std::max(longest, run);
        }
        longest = std::max(longest, run + model.devices[device].units - end);
        capacity += model.devices[device].units - start;
    }
    require(fs.usage().used == used * unit, "other space used");
    require(fs.usage().capacity == capacity * unit, "another capacity");
    require(fs.usage().largest_free_run == longest * unit, "another longest free run");
    std::uint64_t files = 0, bytes = 0;
    for (const auto &[index, operation] : model.served)
        if (operation.kind == Operation::Kind::file)
            files++, bytes += operation.map.size;
    require(fs.usage().files == files && fs.usage().directories == model.served.size() - files &&
                fs.usage().file_bytes == bytes,
            "other counts");
}

void check_author(const FileSystem &fs, const NamespaceModel &model) {
    const auto write_back = media::write_back_to_page_cache();
    const auto author = media::Author::open(Primary::bytes(), fs, *write_back);
    require(author.has_value() == !model.refused,
            "a writer where there are errors, or none where there are none");
    if (!author)
        return;
    each_path([&](const std::string &path) {
        const auto known = model.names.find(path);
        auto kind = media::Author::Kind::none;
        if (path == ".meta" ||
            (known != model.names.end() && model.served.at(known->second).kind == Operation::Kind::directory))
            kind = media::Author::Kind::directory;
        else if (known != model.names.end())
            kind = media::Author::Kind::file;
        require(author->kind(path) == kind, "another kind of ", path);
    });
    std::uint64_t free = 0;
    for (std::uint32_t device = 0; device < model.devices.size(); device++)
        if (model.devices[device].at_hand)
            free += model.devices[device].units - (device == 0 ? NamespaceModel::first_unit : 1);
    for (const auto &[place, owner] : model.owners)
        free -= place.second >= (place.first == 0 ? NamespaceModel::first_unit : 1) &&
                model.devices[place.first].at_hand;
    require(author->free_bytes() == free * NamespaceModel::unit, "other free space");
}

LogInput empty() {
    const TestDevices devices = [] {
        TestDevices made({4 * media::gibibyte});
        made.mkfs();
        return made;
    }();
    return LogInput::of(devices.primary(), 0);
}

void check(const NamespaceInput &input) {
    static const LogInput base = empty();
    LogInput log = base;
    for (const Operation &operation : input.operations)
        log.entries.push_back(NamespaceInput::entry(operation, log.entries.size()));
    log.header.next_index = log.header.next_seqnum = log.entries.size();
    const Primary primary(log);
    const auto parsed = FileSystem::parse(Primary::bytes(), input.device_sizes);
    require(parsed.has_value(), "refused");
    const NamespaceModel model(input);
    check_nodes(*parsed, model);
    check_paths(*parsed, model);
    check_children(*parsed, model);
    check_usage(*parsed, model);
    check_author(*parsed, model);
    require(media::has_errors(parsed->problems()) == model.refused, "errors where there are none, or none");
    check_append(*parsed, input.device_sizes);
}

} // namespace
} // namespace famfs::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    famfs::test::check(famfs::test::NamespaceInput::read({data, size}));
    return 0;
}
