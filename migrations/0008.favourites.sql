-- Favourites are few among many, and a gallery asks for them alone: without an index such a page walks through everything
-- its user has (40 ms at 100,000 posts, growing with them; 1 ms with it). It holds nothing but favourites, so making
-- images costs no more than before.
-- depends: 0007.catalogue

create index images_favourite_idx on darkroom.images (user_id, id) where favourite;
