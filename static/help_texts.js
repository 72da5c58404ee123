{
  // For every panel: what is shown, how to read it, what can mislead.
  rlvis.HELP = [
    {
      id: "trajectories", title: "Trajectories, bookmarks, episodes",
      shown: "Each trajectory is one recording of the agent, drawn as a strip: a narrow column of every frame, side by side. An episode list gives the frames and the return (sum of rewards) of every episode in it.",
      read: "Bookmarks lead to the frames with the lowest and the highest advantage, at most one per episode: something happened there that the value function did not expect. Where maps were compared, further bookmarks lead to the frames in which they disagree most. Your own bookmarks, their notes, the names you give and everything else you set are part of the link.",
      mislead: "The first and last episode may be cut by the ends of the recording: their returns are partial. Actions were sampled from the policy, so one recording is one sample of its behaviour. A high advantage can also mean a value function that is wrong.",
    },
    {
      id: "layers", title: "Layers",
      shown: "The points of the network at which attribution was computed, from the input on the left to the output on the right.",
      read: "Early layers have fine positions and simple features; late layers have coarse positions and features that mean more. The middle layers are often the most telling. Layers named B are those of a second agent that was shown the same frames.",
      mislead: "A feature's number and colour mean something in its own layer only. At the input layer, gradients are shown in the input's own colours, not attribution.",
    },
    {
      id: "timeline", title: "Timeline",
      shown: "Numbers of the current frame, the policy as a bar (one segment per action, as wide as its probability; the sampled action is marked), and under a fixed centre line the frames with advantage, value and logits. A grey line ends an episode; the line below shows the whole trajectory. For agents with a memory: how far it moved since the frame before, and the units that tell most about it, one line each (orange is positive, blue negative).",
      read: "Drag to scrub, click to jump, turn the wheel to see more or fewer frames. The number beside a row's name belongs to the frame at the centre; point at a row for that of another frame. Hover over the policy for all probabilities. Where the outputs were explained by several methods, the row “agreement” says how alike their maps are: the mean rank correlation of all pairs of maps by different methods; point at it for the pairs. Where a second agent, B, was shown the same frames, its policy is the thinner bar, its value has a row, and another row says how far the two policies are apart: the Jensen–Shannon divergence, from 0 (the same) to 1 bit (no action in common), or, where one is a Q-network, whether the best actions differ (1) or not (0). Bookmarks lead to the frames where B differs most.",
      mislead: "Every row is scaled to its own smallest and largest value in this trajectory, so heights of different rows or trajectories cannot be compared. A second agent B, where there is one, thinks about frames that it did not choose: what it would do there may lead elsewhere, and its value is that of its own policy. Logits are determined only up to a constant that may differ from frame to frame. The memory shown with a frame is the one fed with it: what the agent remembered before it saw that frame. Its units were chosen because the others can best be guessed from them, not because they matter most for what the agent does. Maps that agree can share a mistake, and methods that answer different questions may rightly disagree.",
    },
    {
      id: "attribution", title: "Attribution",
      shown: "How much each position and feature of a layer contributed to the value function or to a logit. Colour is the feature, opacity the strength. Positive attribution raised the output, negative lowered it. The bars are the same, summed over positions, and reach to the largest sum in this frame, this trajectory or all, as the scale is chosen; the residual is what the features do not explain. For agents with a memory, memory is held fixed unless the page was made to attribute to it too; then each row says how much came from the memory. Attribution through time adds up what the last frames contributed, and the timeline shows each of them.",
      read: "Hover over a picture for the numbers at a position (or focus it and press Shift and an arrow). Add rows to compare outputs, methods or layers. Each row states which number is drawn at full colour, and how many cells are stronger than that. In recorded games, yellow dots mark where the person looked, and the row “human gaze” shows the density of these fixations beside the agent's map; bookmarks lead to the frames where the two agree best and worst.",
      mislead: "Strong attribution saturates: beyond full colour only the hue can be read (or nothing, with “turn white”). Smoothing spreads a strong cell over its neighbours; the numbers are those before smoothing, and were rounded when they were stored (strong ones by a twelfth on average and a fifth at most, unless the page was made with more --attribution-levels); the sums in bars and legend were not. With the scale “this frame” even noise looks strong; “this trajectory” cannot be compared between trajectories. Attribution is relative to a baseline of zero activation, and the integral is approximated: the completeness error says how far the parts are from adding up. The memory's share compares sizes: memory and frame may pull in opposite directions. A sum over several frames is drawn over the last one, where things may have moved. Attribution shows what the network used, not that it was right to.",
    },
    {
      id: "legend", title: "Legend",
      shown: "The features of the selected layer: directions in its channels found by non-negative matrix factorization, with the dataset examples that excite them most. The number is this frame's sum.",
      read: "Hover to see one feature alone, click a disc (or press its number) to keep it. Hover over a picture to make all patches opaque; click it for more. Features can be given names.",
      mislead: "A feature is whatever the factorization found. It may mix several things, or split one. Patches show what excites a feature in general, not what it stands for in this frame.",
    },
    {
      id: "trust", title: "Trust",
      shown: "For every row of attribution on the screen, what is known of whether to believe it. Completeness error: how far the parts are from adding up to the output, in this frame, and the median of this trajectory's frames (where an output is near what it is at zero, this share is large whatever the attribution). Agreement: Spearman's rank correlation with the other maps of the same output, in this frame, and the mean of all frames. Deletion and insertion (where computed): pixels are removed, or brought back, the strongest first, and the area under the curve of the output is given beside those of a random order and of one from the centre. Randomization (where computed): the correlation with the map of a network whose layers were shuffled, from the outputs down.",
      read: "A small completeness error means that the numbers may be added up. An agreement of 1 is the same order of cells, 0 none in common, below 0 the opposite. For the action's probability, a good map has a small area under deletion and a large one under insertion; for the distance to the value it is the other way round: the arrow says which is better. A map whose correlation stays near 1 while layers are randomized does not depend on what was learned. Bookmarks lead to the frames where maps disagree most.",
      mislead: "Maps that agree can share a mistake, and maps that answer different questions may rightly disagree: perturbation removes a part of the picture, attribution at a layer asks what flowed through it. Agreement compares sizes, not signs, on a grid of at most 32 × 32 cells. Deletion shows the network pictures that it was never trained on. Areas and randomization are means over a few frames of this recording; their intervals say how much these vary.",
    },
    {
      id: "notes", title: "Notes",
      shown: "What rlvis has to say about this agent and this recording, links to further pages such as the curves of the agent's training, and a field for your own notes.",
      read: "What you write becomes part of the address: “Copy link” hands it on, and nothing is sent to a server.",
      mislead: "Notes live in the link only. A link that was copied before you wrote them does not hold them.",
    },
    {
      id: "feature", title: "Feature visualization",
      shown: "For every position, a patch of the observation that excites the feature most there, as opaque as the feature is strong. Beside it the strongest examples, ranked, and the picture found by optimization.",
      read: "Zoom changes how much of the observation a patch shows. A patch, when pressed, shows the whole observation with its outline. Patterns that fill one region show where in the picture the feature lives.",
      mislead: "No observation may be used too often, so some patches are not the very strongest. A patch may be larger or smaller than what the feature actually sees. Optimized pictures of later layers are usually not meaningful for these agents.",
    },
  ];
}
