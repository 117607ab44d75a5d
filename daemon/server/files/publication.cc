// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/files/publication.h"

#include <algorithm>

namespace famfs::server {

namespace {

bool chosen(const Names &names, const MadeNode &node, const Selection &selection) {
    if (selection.unchanged_since && node.last_change > *selection.unchanged_since)
        return false;
    if (selection.reach == Selection::Reach::everything)
        return true;
    return std::ranges::any_of(selection.nodes, [&](std::uint64_t wanted) {
        return wanted == node.nodeid ||
               (selection.reach == Selection::Reach::entries && wanted == node.parent) ||
               (selection.reach == Selection::Reach::below && names.inside(node.nodeid, wanted));
    });
}

} // namespace

std::vector<std::uint64_t> selected(const Names &names, const Selection &selection) {
    const auto &unpublished = names.made().unpublished();
    std::vector<std::uint64_t> nodeids;
    const auto take = [&](std::uint64_t nodeid) {
        if (chosen(names, *names.made().find(nodeid), selection))
            nodeids.push_back(nodeid);
    };
    // One file that is closed is not looked for among thousands.
    if (selection.reach == Selection::Reach::node) {
        for (const std::uint64_t nodeid : selection.nodes)
            if (unpublished.contains(nodeid))
                take(nodeid);
    } else {
        std::ranges::for_each(unpublished, take);
    }
    std::ranges::sort(nodeids);
    return nodeids;
}

Publication::Publication(Names &names, const Selection &selection, bool last_try)
    : names_(names), turns_(selection.turns) {
    for (const std::uint64_t nodeid : selected(names, selection)) {
        MadeNode &node = *names_.made().find(nodeid);
        if (node.directory())
            add_directory(node);
        else
            add_file(node, last_try);
    }
}

void Publication::add_above(const MadeNode &node) {
    if (MadeNode *parent = names_.made().find(node.parent))
        add_directory(*parent);
}

void Publication::add_directory(MadeNode &node) {
    if (node.published || !taken_.insert(node.nodeid).second)
        return;
    add_above(node);
    entries_.push_back(media::make_directory_entry(names_.path_of(node.nodeid), node.attributes));
    nodes_.push_back(&node);
}

void Publication::add_file(MadeNode &node, bool last_try) {
    if (node.file->begin_publication(turns_)) {
        add_above(node);
        entries_.push_back(
            media::make_file_entry(names_.path_of(node.nodeid), node.file->entry_map(), node.attributes));
        nodes_.push_back(&node);
        return;
    }
    const File::View file = node.file->view();
    if (file.size == 0 && !file.written_to)
        result_.empty.push_back(names_.path_of(node.nodeid));
    else if (last_try || file.written_to)
        result_.open.push_back(names_.path_of(node.nodeid));
    else
        again_ = true;
}

void Publication::finish(bool appended) {
    for (MadeNode *node : nodes_) {
        if (node->file)
            node->file->end_publication(turns_, appended);
        if (!appended)
            continue;
        names_.made().publish(*node);
        (node->directory() ? result_.directories : result_.files)++;
        if (node->file)
            result_.published.push_back(node->file);
    }
}

base::Expected<std::optional<Published>> Publication::write(EntryLog &log) {
    if (again_ || entries_.empty()) {
        finish(false);
        return again_ ? std::nullopt : std::optional(std::move(result_));
    }
    const auto appended = log.append(entries_);
    finish(appended.has_value());
    if (!appended)
        return std::unexpected(appended.error());
    return std::move(result_);
}

} // namespace famfs::server
